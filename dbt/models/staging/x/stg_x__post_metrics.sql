{{ config(unique_key=['account_id', 'external_id', 'metric', 'observed_hour']) }}

-- What X's analytics say of young posts, since their publication.
with source as (
    {{ landed_answers('x', 'post_metrics') }}
),

posts as (
    select
        * exclude (request, body),
        unnest(from_json(body -> '$.data', '[{"id": "VARCHAR", "timestamped_metrics": [{"metrics": "JSON"}]}]'))
            as post
    from source
),

parts as (
    select
        *,
        unnest({{ json_numbers('post.timestamped_metrics[1].metrics', "'analytics.'") }}) as part
    from posts
),

renamed as (
    select
        account_id,
        post.id as external_id,
        observed_hour,
        observed_at,
        part.metric as metric,
        part.value as value,
        answer_id,
        landed_at
    from parts
)

select * from renamed
{{ landed_last(['account_id', 'external_id', 'metric', 'observed_hour']) }}
