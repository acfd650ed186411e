{{ config(unique_key=['account_id', 'external_id', 'metric', 'observed_hour']) }}

-- Totals of pins as their analytics give them. An answer is of one pin, or of several by their ids. The days of
-- pins stay in the raw answers: each is told again ninety times, and nothing needs them yet.
with source as (
    {{ landed_answers('pinterest', 'post_metrics') }}
),

pins as (
    select
        * exclude (request, body),
        unnest(from_json(request -> '$.posts', '["VARCHAR"]')) as external_id,
        body
    from source
),

parts as (
    select
        * exclude (body),
        unnest({{ json_numbers(
            "coalesce(body -> '$.all.lifetime_metrics', "
            ~ "body -> ('$.\"' || external_id || '\".all.lifetime_metrics'))"
        ) }}) as part
    from pins
),

renamed as (
    select
        account_id,
        external_id,
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
