with observations as (
    select * from {{ ref('int_post_observations') }}
),

newest as (
    select
        post_key,
        arg_max(observations, observed_at) as newest,
        min(observed_at) as first_observed_at
    from observations
    group by post_key
),

posts as (
    select
        post_key,
        newest.organization_id,
        newest.account_id,
        newest.network,
        newest.external_id,
        newest.published_at,
        newest.published_date,
        newest.kind,
        newest.text,
        newest.link,
        newest.permalink,
        newest.views,
        newest.reach,
        newest.reactions,
        newest.comments,
        newest.shares,
        newest.clicks,
        newest.engagement,
        first_observed_at,
        newest.observed_at as last_observed_at
    from newest
)

select * from posts
