"""Pictures for pages, made anew from their pixels: nothing of the original's bytes, and no place or person
that its metadata names, reaches a browser."""

from io import BytesIO
from typing import BinaryIO

from PIL import Image, ImageOps

from tradehold.engine.filerefused import FileCode, FileRefused

LONGEST_SIDE = 2000  # pixels
MOST_PIXELS = 80_000_000
_QUALITY = 82

# Pillow warns above this; what is above is refused here before a pixel of it is decoded.
Image.MAX_IMAGE_PIXELS = MOST_PIXELS


def picture(file: BinaryIO, form: str) -> bytes:
    """The first frame of an image as WebP, upright and at most LONGEST_SIDE pixels. `form` is Pillow's name
    of the only format tried. Blocks; raises FileRefused for too many pixels and for a broken image."""
    try:
        with Image.open(file, formats=[form]) as image:
            if image.width * image.height > MOST_PIXELS:
                raise _too_many()
            # A JPEG can be decoded at a fraction of its size at once.
            image.draft("RGB", (LONGEST_SIDE, LONGEST_SIDE))
            upright = ImageOps.exif_transpose(image)
            return _webp(upright)
    except FileRefused:
        raise
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise _too_many() from None
    except Exception as error:
        # Decoders fed with hostile bytes raise whatever they stumble over.
        raise FileRefused(
            FileCode.BROKEN,
            "This image is broken or cut off: open it in a program for images and save it anew.",
            reason=f"{type(error).__name__}: {error}"[:200],
        ) from None


def _webp(image: Image.Image) -> bytes:
    clear = image.has_transparency_data
    small = image.convert("RGBA" if clear else "RGB")
    small.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
    small.info.clear()  # The encoder would pass on the metadata it finds here.
    written = BytesIO()
    small.save(written, "WEBP", quality=_QUALITY)
    return written.getvalue()


def _too_many() -> FileRefused:
    millions = MOST_PIXELS // 1_000_000
    return FileRefused(
        FileCode.UNSAFE,
        f"This image has more than {millions} million pixels: save it smaller and send it again.",
        most_pixels=MOST_PIXELS,
    )
