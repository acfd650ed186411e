with posts as (
    select * from {{ ref('int_posts') }}
)

select
    post_key,
    organization_id,
    account_id,
    network,
    external_id,
    published_at,
    published_date,
    kind,
    text,
    length(text) as text_length,
    link,
    permalink,
    first_observed_at,
    last_observed_at
from posts
