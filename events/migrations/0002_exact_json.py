from django.db import migrations

# Escapes that json takes and jsonb does not: the zero character, and halves of surrogate pairs. Whole pairs are put
# aside as \v, which is no escape of JSON. A backslash that is itself escaped begins none.
FUNCTIONS = r"""
CREATE FUNCTION jsonb_near(raw text) RETURNS jsonb LANGUAGE plpgsql STABLE STRICT PARALLEL SAFE AS $$
DECLARE
    unescaped CONSTANT text := '(?<!\\)((?:\\\\)*)';
    mended text;
BEGIN
    IF pg_input_is_valid(raw, 'jsonb') THEN
        RETURN raw::jsonb;
    END IF;
    mended := regexp_replace(raw, unescaped || '\\u0000', '\1\\ufffd', 'g');
    mended := regexp_replace(
        mended, unescaped || '\\u([dD][89abAB][0-9a-fA-F]{2})\\u([dD][c-fC-F][0-9a-fA-F]{2})', '\1\\v\2\\v\3', 'g'
    );
    mended := regexp_replace(mended, unescaped || '\\u[dD][89a-fA-F][0-9a-fA-F]{2}', '\1\\ufffd', 'g');
    mended := regexp_replace(mended, unescaped || '\\v([dD][89a-fA-F])', '\1\\u\2', 'g');
    RETURN CASE WHEN pg_input_is_valid(mended, 'jsonb') THEN mended::jsonb END;
END $$;
COMMENT ON FUNCTION jsonb_near(text) IS
    'The JSON text as jsonb, with U+FFFD for what jsonb cannot hold; NULL for what is no JSON, or has a number beyond numeric.';

CREATE FUNCTION jsonb_keeps(raw text) RETURNS boolean LANGUAGE sql STABLE PARALLEL SAFE RETURN
    CASE WHEN pg_input_is_valid(raw, 'jsonb') THEN raw IS JSON WITH UNIQUE KEYS ELSE raw IS NULL END;
COMMENT ON FUNCTION jsonb_keeps(text) IS
    'Whether jsonb holds all that the JSON text says: every character, and every member.';
"""
NO_FUNCTIONS = """
DROP FUNCTION jsonb_keeps(text);
DROP FUNCTION jsonb_near(text);
"""


class Migration(migrations.Migration):
    """What decides whether a legacy event needs its exact text beside its jsonb."""

    dependencies = [("events", "0001_initial")]

    operations = [migrations.RunSQL(FUNCTIONS, NO_FUNCTIONS)]
