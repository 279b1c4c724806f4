-- A machine's row is rewritten with every command. Room on its page lets the new version stay there (a HOT
-- update), so that no index has to follow.
ALTER TABLE machine SET (fillfactor = 70);
