{{ config(unique_key=['account_id', 'external_id', 'metric', 'observed_hour']) }}

with source as (
    {{ landed_answers('youtube', 'post_metrics') }}
),

{{ youtube_report() }},

renamed as (
    select
        account_id,
        cells[1] as external_id,
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
