with accounts as (
    select * from {{ ref('stg_registry__accounts') }}
),

series as (
    select
        points.account_id,
        {{ day_ending('points.end_time', 'accounts.timezone') }} as date,
        case points.metric
            when 'page_follows' then 'followers'
            when 'page_media_view' then 'views'
            when 'page_total_media_view_unique' then 'reach'
            when 'page_post_engagements' then 'engagement'
            when 'page_daily_follows_unique' then 'follows'
            when 'page_daily_unfollows_unique' then 'unfollows'
        end as metric,
        points.value,
        points.observed_at
    from {{ ref('stg_facebook__account_metrics') }} as points
    inner join accounts on points.account_id = accounts.account_id
),

counters as (
    select account_id, observed_at, followers from {{ ref('stg_facebook__accounts') }}
    union all
    select account_id, observed_at, followers from {{ ref('stg_x__accounts') }}
),

snapshots as (
    select
        counters.account_id,
        {{ local_date('counters.observed_at', 'accounts.timezone') }} as date,
        'followers' as metric,
        counters.followers as value,
        counters.observed_at
    from counters
    inner join accounts on counters.account_id = accounts.account_id
),

unioned as (
    select * from series
    union all by name
    select * from snapshots
)

select
    accounts.organization_id,
    unioned.*
from unioned
inner join accounts on unioned.account_id = accounts.account_id
where unioned.metric is not null
    and unioned.value is not null
