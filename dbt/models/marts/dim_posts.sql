{{ config(
    window='posts',
    partitioned_by='year(published_date)',
    sorted_by=['organization_id', 'account_id', 'published_date'],
) }}
{%- set windowed = is_windowed(changes_of('posts')) %}

-- Read twice: a long history that is held in between would be spilled to disk.
with observations as not materialized (
    select * from {{ ref('int_post_observations') }}
    where {{ of_changed_posts() if windowed else of_part('account_id') }}
),

seen as (
    select
        post_key,
        min(observed_at) as first_observed_at,
        max(observed_at) as last_observed_at,
        -- A file tells less than the network does: it counts where the network never listed the post.
        coalesce(
            max(observed_at) filter (where published_at is not null and is_deleted is not null),
            max(observed_at) filter (where published_at is not null)
        ) as listed_at,
        max(observed_hour) filter (where is_deleted is not null) as listed_hour,
        arg_max(is_deleted, observed_at) as is_deleted,
        min(observed_at) filter (where is_deleted) as deleted_seen_at
    from observations
    group by post_key
),

-- What the network's list left out since it was last in it. Stories leave it by themselves.
gone as (
    select
        seen.post_key,
        min(gone_posts.noticed_at) as noticed_at
    from seen
    inner join {{ source('raw', 'gone_posts') }} as gone_posts
        on seen.post_key = gone_posts.account_id || ':' || gone_posts.external_id
        and gone_posts.observed_hour > seen.listed_hour
    group by seen.post_key
),

-- What it is, as its newest listing shows it.
listed as (
    select
        observations.*,
        seen.first_observed_at,
        seen.last_observed_at,
        case
            when seen.is_deleted then seen.deleted_seen_at
            when observations.kind is distinct from 'story' then gone.noticed_at
        end as deleted_seen_at
    from observations
    inner join seen
        on observations.post_key = seen.post_key
        and observations.observed_at = seen.listed_at
    left join gone on observations.post_key = gone.post_key
    where observations.published_at is not null
    qualify row_number() over (
        partition by observations.post_key
        order by observations.is_deleted is not null desc, observations.observed_hour desc
    ) = 1
),

publications as (
    select * from {{ source('raw', 'publications') }}
    qualify row_number() over (partition by account_id, external_id order by published_at desc, publication_id) = 1
)

select
    listed.post_key,
    listed.organization_id,
    listed.account_id,
    listed.network,
    listed.external_id,
    listed.published_at,
    listed.published_date,
    coalesce(listed.kind, 'status') as kind,
    listed.text,
    length(listed.text) as text_length,
    listed.link,
    listed.permalink,
    listed.media_count,
    listed.duration_s,
    len(regexp_extract_all(listed.text, '[#＃][\p{L}\p{N}_]*\p{L}[\p{L}\p{N}_]*')) as hashtags,
    listed.link is not null or coalesce(regexp_matches(listed.text, 'https?://'), false) as has_link,
    coalesce(publications.labels, cast([] as varchar[])) as labels,
    publications.campaign,
    publications.publication_id,
    listed.deleted_seen_at is not null as is_deleted,
    listed.deleted_seen_at,
    listed.first_observed_at,
    listed.last_observed_at
from listed
left join publications
    on listed.account_id = publications.account_id
    and listed.external_id = publications.external_id
