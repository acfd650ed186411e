with accounts as (
    select * from {{ ref('stg_registry__accounts') }}
)

select
    organization_id,
    any_value(organization_name) as organization_name,
    count(*) as accounts,
    count(distinct brand_id) as brands,
    min(connected_at) as first_connected_at
from accounts
group by organization_id
