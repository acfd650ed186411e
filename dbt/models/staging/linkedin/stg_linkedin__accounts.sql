{{ config(unique_key=['account_id', 'observed_hour']) }}

-- An hour's account comes in two answers, who it is and how many follow, of which LinkedIn may refuse the second.
with source as (
    {{ landed_answers('linkedin', 'account') }}
),

renamed as (
    select
        account_id,
        observed_hour,
        max(observed_at) as observed_at,
        max(
            coalesce('urn:li:organization:' || (body ->> '$.id'), 'urn:li:person:' || (body ->> '$.sub'))
        ) as external_id,
        max(coalesce(body ->> '$.localizedName', body ->> '$.name')) as account_name,
        max({{ counter("try_cast(coalesce(body ->> '$.firstDegreeSize', "
            ~ "body ->> '$.elements[0].memberFollowersCount') as bigint)") }}) as followers,
        arg_max(answer_id, landed_at) as answer_id,
        max(landed_at) as landed_at
    from source
    group by account_id, observed_hour
)

select * from renamed
