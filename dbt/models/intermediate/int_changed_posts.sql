{{ config(materialized='table') }}

{#
  The posts whose rows in the marts have to be computed anew: those seen on the days from the first on that was read;
  those whose followers became known since; those of ours whose labels or campaign changed; those that are gone; and
  all of an account that is read again.
#}
{%- set kept = [] -%}
{%- for mart in ['dim_posts', 'content_performance'] if execute -%}
    {%- set relation = adapter.get_relation(target.database, 'marts', mart) -%}
    {%- if relation is not none and not builds_whole() -%}{%- do kept.append(relation) -%}{%- endif -%}
{%- endfor %}
with observations as (
    select
        observations.post_key,
        observations.account_id,
        observations.external_id,
        observations.published_date,
        observations.date,
        changes.post_days_from,
        changes.days_from,
        changes.is_read_again
    from {{ ref('int_post_observations') }} as observations
    inner join {{ ref('int_changes') }} as changes on observations.account_id = changes.account_id
    where observations.observed_hour >= least(
        {{ earliest('post_days_from', ref('int_changes'), 'timestamptz') }},
        {{ earliest('days_from', ref('int_changes'), 'timestamptz') }}
    ) - interval '2 days'
        and {{ 'false' if builds_whole() else 'true' }}
),

seen as (
    select post_key, account_id, published_date from observations
    where is_read_again
        or date >= post_days_from
        or published_date >= days_from
),

labelled as (
    select
        publications.account_id || ':' || publications.external_id as post_key,
        publications.account_id,
        cast(publications.published_at as date) - 1 as published_date
    from {{ source('raw', 'publications') }} as publications
    {%- if not builds_whole() %}
    where publications.landed_at > {{ changed_since() }}
    {%- endif %}
),

gone as (
    select
        account_id || ':' || external_id as post_key,
        account_id,
        cast(null as date) as published_date
    from {{ source('raw', 'gone_posts') }}
    {%- if not builds_whole() %}
    where noticed_at > {{ changed_since() }}
    {%- endif %}
),

changed as (
    select * from seen
    union all
    select * from labelled
    union all
    select * from gone
),

-- The day it has in the marts: the network may have moved it far (a video that was hidden until today), and what is
-- only counted here, not listed, has no other.
known as (
    {%- for mart in kept %}
    select kept.post_key, cast(null as varchar) as account_id, kept.published_date from {{ mart }} as kept
    semi join changed on kept.post_key = changed.post_key
    union all
    {%- endfor %}
    select * from changed
)

select
    post_key,
    any_value(account_id) as account_id,
    coalesce(min(published_date), cast({{ earliest('posts_from', ref('int_changes'), 'timestamptz') }} as date) - 366)
        as published_date
from known
group by post_key
