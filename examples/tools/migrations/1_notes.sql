CREATE TABLE notes (
  id integer PRIMARY KEY,
  author text NOT NULL,
  text text NOT NULL,
  created text NOT NULL DEFAULT CURRENT_TIMESTAMP
);
CREATE INDEX notes_of_author ON notes (author);
