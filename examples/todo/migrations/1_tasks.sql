CREATE TABLE tasks (
  id integer PRIMARY KEY,
  owner text NOT NULL,
  title text NOT NULL,
  done integer NOT NULL DEFAULT 0
);
CREATE INDEX tasks_of_owner ON tasks (owner);
