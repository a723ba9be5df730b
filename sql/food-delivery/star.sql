-- Orders, revenue and delivery by city and cuisine, with the share of riders who come by scooter.
select c.City as city,
       r.Cuisine as cuisine,
       count(*) as orders,
       cast(sum(f.OrderValue + f.DeliveryFee) as decimal(14,2)) as revenue_usd,
       cast(sum(f.TipAmount) as decimal(14,2)) as tips_usd,
       cast(avg(cast(f.DeliveryTime as decimal(10,2))) as decimal(10,1)) as avg_delivery_min,
       cast(100.0 * sum(case when d.VehicleType = 'Scooter' then 1 else 0 end) / count(*) as decimal(5,1))
         as by_scooter_percent
from food_delivery_datamart.factOrders f
join food_delivery_datamart.dimCustomers c on c.CustomerID = f.CustomerID
join food_delivery_datamart.dimRestaurants r on r.RestaurantID = f.RestaurantID
join food_delivery_datamart.dimDeliveryRiders d on d.RiderID = f.RiderID
where f.OrderStatus = 'Delivered'
group by 1, 2
order by revenue_usd desc
limit 12
