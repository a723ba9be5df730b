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
  shard_id varchar(32),
  sequence_number varchar(64),
  arrived_at timestamp,
  batch_id bigint,
  primary key (OrderID)
) distkey (OrderID) sortkey (OrderDate);

-- One row a committed batch, written in the batch's own transaction. kinesis_records: the records of the stream that
-- its rows came in, which are fewer where producers aggregate; null when nobody counted them.
create table if not exists food_delivery_datamart.sluice_batches (
  query_id varchar(64) not null,
  batch_id bigint not null,
  read_rows bigint not null,
  invalid_rows bigint not null,
  late_rows bigint not null,
  duplicate_rows_in_batch bigint not null,
  staged_rows bigint not null,
  duplicate_rows_matched bigint not null,
  loaded_rows bigint not null,
  watermark timestamp,
  committed_at timestamp not null,
  kinesis_records bigint
) diststyle all sortkey (batch_id);
