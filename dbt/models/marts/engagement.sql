{{ config(
    window='posts',
    partitioned_by='year(published_date)',
    sorted_by=['organization_id', 'account_id', 'published_date'],
) }}
{%- set windowed = is_windowed(changes_of('posts')) -%}
{%- set counters = ['views', 'reach', 'reactions', 'comments', 'shares'] %}

-- Read twice: a long history that is held in between would be spilled to disk.
with observations as not materialized (
    select * from {{ ref('int_post_observations') }}
    where {{ of_changed_posts() if windowed else of_part('account_id') }}
),

posts as (
    select * from {{ ref('dim_posts') }}
    where kind <> 'repost'
        and {{ of_changed_posts('published_date') if windowed else of_part('account_id') }}
),

-- Of each counter the newest that is known.
newest as (
    select
        post_key,
        {%- for counter in counters + ['saves', 'clicks'] %}
        arg_max({{ counter }}, observed_at) as {{ counter }}{{ ',' if not loop.last }}
        {%- endfor %}
    from observations
    group by post_key
),

aged as (
    select
        observations.post_key,
        epoch(observations.observed_at - posts.published_at) / 3600 as age,
        {%- for counter in counters %}
        observations.{{ counter }}{{ ',' if not loop.last }}
        {%- endfor %}
    from observations
    inner join posts on observations.post_key = posts.post_key
    where observations.observed_at < posts.published_at + interval '{{ ages()[-1].hours + ages()[-1].within }} hours'
),

nearest as (
    select
        post_key,
        {%- for age in ages() %}
        {%- for counter in counters %}
        {{- around(counter, age) }}{{ ',' if not (loop.last and age == ages()[-1]) }}
        {%- endfor %}
        {%- endfor %}
    from aged
    group by post_key
),

young as (
    select
        post_key,
        {%- for age in ages() %}
        {%- for counter in counters %}
        {{ value_at(counter, age) }} as {{ counter }}_{{ age.name }}{{ ',' if not (loop.last and age == ages()[-1]) }}
        {%- endfor %}
        {%- endfor %}
    from nearest
),

followers as (
    select account_id, date, followers from {{ ref('fct_account_metrics_daily') }}
    where followers is not null
    {%- if windowed %}
        and date >= {{ earliest('published_date', ref('int_changed_posts'), 'date') }} - 7 - {{ var('moved_days') }}
    {%- endif %}
),

-- The followers a post had to win: the last figure known on its day, no older than a week.
joined as (
    select
        posts.post_key,
        posts.organization_id,
        posts.account_id,
        posts.network,
        posts.published_at,
        posts.published_date,
        posts.kind,
        posts.last_observed_at,
        case when posts.published_date - followers.date <= 7 then followers.followers end as followers
    from posts
    asof left join followers
        on posts.account_id = followers.account_id
        and posts.published_date >= followers.date
),

summed as (
    select
        joined.*,
        newest.* exclude (post_key),
        young.* exclude (post_key),
        {{ known_sum(['newest.reactions', 'newest.comments', 'newest.shares']) }} as engagement,
        {%- for age in ages() %}
        {{ known_sum(['young.reactions_' ~ age.name, 'young.comments_' ~ age.name, 'young.shares_' ~ age.name]) }}
            as engagement_{{ age.name }}{{ ',' if not loop.last }}
        {%- endfor %}
    from joined
    inner join newest on joined.post_key = newest.post_key
    left join young on joined.post_key = young.post_key
)

select
    post_key,
    organization_id,
    account_id,
    network,
    published_at,
    published_date,
    kind,
    epoch(last_observed_at - published_at) / 3600 as age_hours,
    views,
    reach,
    reactions,
    comments,
    shares,
    saves,
    clicks,
    engagement,
    {{ rate('engagement', 'views') }} as engagement_rate_by_views,
    {{ rate('engagement', 'reach') }} as engagement_rate_by_reach,
    {{ rate('engagement', 'followers') }} as engagement_rate_by_followers,
    {%- for age in ages() %}
    {%- for part in ['views', 'reach', 'engagement'] %}
    {{ part }}_{{ age.name }},
    {%- endfor %}
    {{ rate('engagement_' ~ age.name, 'views_' ~ age.name) }} as engagement_rate_by_views_{{ age.name }},
    {{ rate('engagement_' ~ age.name, 'reach_' ~ age.name) }} as engagement_rate_by_reach_{{ age.name }},
    {{ rate('engagement_' ~ age.name, 'followers') }} as engagement_rate_by_followers_{{ age.name }}{{ ',' if not loop.last }}
    {%- endfor %}
from summed
