-- How each account has chosen to see the pages: the language by its tag, and the theme by its name.
ALTER TABLE accounts ADD COLUMN language TEXT;
ALTER TABLE accounts ADD COLUMN theme TEXT;
