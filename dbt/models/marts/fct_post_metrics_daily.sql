{{ config(
    window='post_days',
    partitioned_by=['year(date)', 'month(date)'],
    sorted_by=['organization_id', 'account_id', 'date'],
) }}
{%- set windowed = is_windowed(changes_of('post_days')) -%}
{%- set observed = ['views', 'reach', 'reactions', 'comments', 'shares', 'saves', 'clicks'] -%}
{%- set counters = growing_counters() | reject('equalto', 'engagement') | list %}

with observations as (
    select * from {{ ref('int_post_observations') }}
    {%- if windowed %}
    where observed_hour >= cast(
        {{ earliest('post_days_from', ref('int_changes'), 'date') }} - {{ 2 * var('gain_days') + 2 }} as timestamptz
    )
        and post_key in (select post_key from {{ ref('int_changed_posts') }})
    {%- else %}
    where {{ of_part('account_id') }}
    {%- endif %}
),

-- Of each counter the last that was known on the day, even when it is lower than one before.
days as (
    select
        post_key,
        any_value(organization_id) as organization_id,
        any_value(account_id) as account_id,
        date,
        max(published_date) as published_date,
        {%- for counter in observed %}
        arg_max({{ counter }}, observed_at) as {{ counter }},
        {%- endfor %}
        max(observed_at) as observed_at
    from observations
    group by post_key, date
),

compared as (
    select
        *,
        {%- for counter in counters %}
        last_value({{ counter }} ignore nulls) over earlier as {{ counter }}_before,
        {%- endfor %}
        date - max(date) over earlier as gain_days
    from days
    window earlier as (
        partition by post_key order by date
        range between interval '{{ var("gain_days") }} days' preceding and interval '1 day' preceding
    )
),

reset as (
    select
        *,
        {%- for counter in counters %}
        count(*) filter (where {{ is_reset(counter) }}) over so_far as {{ counter }}_resets{{ ',' if not loop.last }}
        {%- endfor %}
    from compared
    window so_far as (partition by post_key order by date)
),

peaked as (
    select
        *,
        {%- for counter in counters %}
        max({{ counter }} + {{ counter }}_resets * {{ peak_shift() }}) over earlier as {{ counter }}_peak{{ ',' if not loop.last }}
        {%- endfor %}
    from reset
    window earlier as (
        partition by post_key order by date
        range between interval '{{ var("gain_days") }} days' preceding and interval '1 day' preceding
    )
),

gained as (
    select
        *,
        {%- for counter in counters %}
        {{ gain(counter) }} as {{ counter }}_gain{{ ',' if not loop.last }}
        {%- endfor %}
    from peaked
)

select
    gained.post_key,
    gained.organization_id,
    gained.account_id,
    gained.date,
    gained.views,
    gained.reach,
    gained.reactions,
    gained.comments,
    gained.shares,
    gained.saves,
    gained.clicks,
    {{ known_sum(['gained.reactions', 'gained.comments', 'gained.shares']) }} as engagement,
    {%- for counter in counters %}
    gained.{{ counter }}_gain,
    {%- endfor %}
    -- Of its parts: one that is unknown for a day is neither lost nor gained.
    {{ known_sum(['gained.reactions_gain', 'gained.comments_gain', 'gained.shares_gain']) }} as engagement_gain,
    gained.gain_days,
    gained.observed_at
from gained
{%- if windowed %}
inner join {{ ref('int_changes') }} as changes on gained.account_id = changes.account_id
where gained.date >= changes.post_days_from
{%- endif %}
