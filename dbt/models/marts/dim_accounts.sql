with accounts as (
    select * from {{ ref('stg_registry__accounts') }}
),

waiting as (
    select account_id, min(found_at) as waits_since from {{ source('raw', 'quarantine') }}
    where verdict is null
    group by account_id
)

select
    accounts.account_id,
    accounts.organization_id,
    accounts.brand_id,
    accounts.brand_name,
    accounts.network,
    accounts.external_id,
    accounts.account_name,
    accounts.timezone,
    accounts.connected_at,
    accounts.status,
    waiting.account_id is not null as is_waiting,
    waiting.waits_since
from accounts
left join waiting on accounts.account_id = waiting.account_id
