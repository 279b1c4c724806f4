CREATE INDEX bank_file_by_time ON bank_file (direction, at);
