CREATE TABLE items (
  name text PRIMARY KEY,
  price integer NOT NULL, -- in cents
  stock integer NOT NULL CHECK (stock >= 0)
);
INSERT INTO items VALUES ('book', 1500, 100), ('lamp', 4900, 20), ('piano', 500000, 2);

CREATE TABLE orders (
  id integer PRIMARY KEY,
  item text NOT NULL REFERENCES items (name),
  quantity integer NOT NULL,
  email text NOT NULL,
  total integer NOT NULL,
  status text NOT NULL DEFAULT 'placed', -- fulfilling, shipped, declined
  payment text
);

CREATE TABLE mails (
  recipient text NOT NULL,
  subject text NOT NULL UNIQUE
);
