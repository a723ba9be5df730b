create schema if not exists food_delivery_datamart;
