with accounts as (
    select * from {{ ref('stg_registry__accounts') }}
)

select
    brand_id,
    organization_id,
    any_value(brand_name) as brand_name,
    any_value(timezone) as timezone,
    count(*) as accounts,
    min(connected_at) as first_connected_at
from accounts
group by brand_id, organization_id
