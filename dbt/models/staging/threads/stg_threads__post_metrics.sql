{{ config(unique_key=['account_id', 'external_id', 'metric', 'observed_hour']) }}

{{ graph_post_metrics('threads') }}
