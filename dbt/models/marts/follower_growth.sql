with known as (
    select organization_id, account_id, date, followers from {{ ref('fct_account_metrics_daily') }}
    where followers is not null
),

calendar as (
    select
        organization_id,
        account_id,
        cast(unnest(generate_series(min(date), max(date), interval '1 day')) as date) as date
    from known
    group by organization_id, account_id
),

filled as (
    select
        calendar.organization_id,
        calendar.account_id,
        calendar.date,
        known.followers
    from calendar
    left join known
        on calendar.account_id = known.account_id
        and calendar.date = known.date
)

select
    organization_id,
    account_id,
    date,
    followers,
    followers - lag(followers) over (partition by account_id order by date) as net_change,
    followers is null as is_gap
from filled
