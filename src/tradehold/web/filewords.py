"""Why a file is not taken, as the engine says it: the patterns by which it is said in any language."""

from tradehold.web.i18n import mark

SOMETHING_ELSE = mark("something else")
FILES = (
    mark("There is no such upload, or its time is over: begin it anew."),
    mark("Parts of this upload were lost: begin it anew."),
    mark("{received} bytes are here already: go on from there."),
    mark("More arrived than this upload was begun for: begin it anew."),
    mark("This file is empty: choose the file again, or another one."),
    mark("This file is larger than {most} MB: send it smaller, or in several files."),
    mark("This upload came in more than {parts} parts: begin it anew with larger ones."),
    mark(
        "Your company has {uploads} uploads under way, as many as may be: wait until some are finished, or "
        "cancel one."
    ),
    mark("Your company's files would need more than its {most} GiB: ask the platform for more room."),
    mark("Files of the type {type} are not taken."),
    mark("Files of this type are not taken. Send one of these: {allowed}."),
    mark(
        "The name ends in .{extension}, but its content is {found}: give the file its right extension, or "
        "save it anew as {wanted}."
    ),
    mark("This file also holds a web page: export it anew from the program it was made with."),
    mark("This file also is an archive: send the file and the archive one by one."),
    mark("This PDF is cut off, its end is missing: save it anew and send that."),
    mark("This image also holds a web page: save it anew without its metadata."),
    mark("This image is broken or cut off: open it in a program for images and save it anew."),
    mark("This image has more than {millions} million pixels: save it smaller and send it again."),
    mark("This image takes too long to read: save it smaller and send it again."),
    mark("This document holds macros, which are programs: save it without macros."),
    mark("This is not plain text: save it as text in UTF-8."),
    mark("This XML holds a web page or an SVG drawing: send it as a PDF or as an image."),
    mark("This XML has a DOCTYPE, which attacks are made of: save it without."),
    mark("This XML is broken or cut off at line {line}: save it anew and send that."),
    mark("This archive is broken or has been tampered with: pack it anew."),
    mark("This archive is of a kind for very large or split archives: pack it anew as a plain ZIP."),
    mark("This archive has {entries} entries, of {most} at most: send several smaller ones."),
    mark(
        "This archive would unpack to {unpacked} MiB, out of proportion to its size: send its files in "
        "smaller archives."
    ),
    mark(
        "This archive holds a path that leads out of the folder it is unpacked into: pack it anew from "
        "within its folder."
    ),
    mark(
        "The virus scanner does not answer, and nothing is kept unscanned. What you sent is not lost: try "
        "again in a few minutes."
    ),
    mark("The virus scanner found {found} in this file, which was deleted. Check your system."),
)
