with accounts as (
    select * from {{ ref('stg_registry__accounts') }}
)

select
    account_id,
    organization_id,
    brand_id,
    brand_name,
    network,
    external_id,
    account_name,
    timezone,
    connected_at,
    status
from accounts
