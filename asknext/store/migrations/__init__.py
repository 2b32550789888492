"""The history of the tables; `migrating` runs it when a store is opened."""
