with observations as (
    select * from {{ ref('int_post_observations') }}
),

last_of_day as (
    select
        post_key,
        date,
        arg_max(observations, observed_at) as last
    from observations
    group by post_key, date
)

select
    post_key,
    last.organization_id,
    last.account_id,
    date,
    last.views,
    last.reach,
    last.reactions,
    last.comments,
    last.shares,
    last.clicks,
    last.engagement,
    last.observed_at
from last_of_day
