{{ config(unique_key=['account_id', 'metric', 'dimension', 'segment', 'observed_hour']) }}

with source as (
    {{ landed_answers('youtube', 'demographics') }}
),

{{ youtube_report() }},

renamed as (
    select
        account_id,
        part.metric as metric,
        array_to_string(dimensions, ',') as dimension,
        array_to_string(cells[:len(dimensions)], ',') as segment,
        observed_hour,
        observed_at,
        part.value as value,
        answer_id,
        landed_at
    from parts
)

select * from renamed
{{ landed_last(['account_id', 'metric', 'dimension', 'segment', 'observed_hour']) }}
