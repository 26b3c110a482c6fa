CREATE TABLE feeds (
  id integer PRIMARY KEY,
  url text NOT NULL UNIQUE,
  fetched text,
  problem text
);
CREATE TABLE entries (
  feed integer NOT NULL REFERENCES feeds (id) ON DELETE CASCADE,
  guid text NOT NULL,
  title text NOT NULL,
  link text,
  PRIMARY KEY (feed, guid)
);
