-- Small and joined by every query: a copy on every node.
create table if not exists food_delivery_datamart.dimCustomers (
  CustomerID integer not null,
  CustomerName varchar(120),
  Email varchar(254),
  Phone varchar(32),
  Address varchar(200),
  City varchar(60),
  RegistrationDate date,
  primary key (CustomerID)
) diststyle all sortkey (CustomerID);

create table if not exists food_delivery_datamart.dimRestaurants (
  RestaurantID integer not null,
  RestaurantName varchar(120),
  Cuisine varchar(40),
  Address varchar(200),
  City varchar(60),
  Phone varchar(32),
  Rating decimal(2,1),
  primary key (RestaurantID)
) diststyle all sortkey (RestaurantID);

create table if not exists food_delivery_datamart.dimDeliveryRiders (
  RiderID integer not null,
  RiderName varchar(120),
  Phone varchar(32),
  VehicleType varchar(20),
  VehicleID varchar(20),
  City varchar(60),
  Rating decimal(2,1),
  primary key (RiderID)
) diststyle all sortkey (RiderID);
