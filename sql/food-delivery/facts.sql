-- Spread and merged by OrderID; read by time.
create table if not exists food_delivery_datamart.factOrders (
  OrderID varchar(36) not null,
  CustomerID integer,
  RestaurantID integer,
  RiderID integer,
  OrderDate timestamp,
  DeliveryTime integer,
  OrderValue decimal(10,2),
  DeliveryFee decimal(8,2),
  TipAmount decimal(8,2),
  OrderStatus varchar(16),
  primary key (OrderID)
) distkey (OrderID) sortkey (OrderDate);
