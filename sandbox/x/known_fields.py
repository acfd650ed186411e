"""Fields of X's objects that may be asked for, by naming family."""

from __future__ import annotations

_BOTH = """
article attachments author_id card_uri community_id context_annotations conversation_id created_at
display_text_range edit_controls entities geo id in_reply_to_user_id lang matched_media_notes
media_metadata non_public_metrics note_request_suggestions organic_metrics paid_partnership
possibly_sensitive promoted_metrics public_metrics reply_settings scopes source suggested_source_links
suggested_source_links_with_counts text withheld
"""
_USER = """
affiliation confirmed_email connection_status created_at description entities id is_identity_verified
location most_recent_tweet_id most_recent_post_id name parody pinned_tweet_id pinned_post_id
profile_banner_url profile_image_url protected public_metrics receives_your_dm subscribes_to_you
subscription subscription_type url username verified verified_followers_count verified_type withheld
"""
_MEDIA = """
alt_text duration_ms height media_key non_public_metrics organic_metrics preview_image_url promoted_metrics
public_metrics type url variants width
"""
_ANALYTICS = """
app_install_attempts app_opens bookmarks detail_expands email_tweet engagements follows hashtag_clicks id
impressions likes media_views permalink_clicks quote_tweets replies retweets shares timestamp
timestamped_metrics unfollows unlikes url_clicks user_profile_clicks
"""
POST_FIELDS = {
    "tweet": frozenset(_BOTH.split()) | {"edit_history_tweet_ids", "note_tweet", "referenced_tweets"},
    "post": frozenset(_BOTH.split())
    | {"article_title", "edit_history_post_ids", "note_post", "referenced_posts"},
}
USER_FIELDS = frozenset(_USER.split())
MEDIA_FIELDS = frozenset(_MEDIA.split())
EXPANSIONS = frozenset({"attachments.media_keys", "author_id"})
ANALYTICS_FIELDS = frozenset(_ANALYTICS.split())
