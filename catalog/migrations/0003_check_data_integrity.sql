-- What is inconsistent in the shop's data, and the state of every foreign key.
-- severity: 'error' for what must not be, 'warning' for what history is allowed, 'info' for what is in order.
CREATE FUNCTION check_data_integrity()
RETURNS TABLE ("check" text, severity text, table_name text, key text, detail text)
LANGUAGE plpgsql STABLE
SET search_path FROM CURRENT
AS $$
#variable_conflict use_column
DECLARE
    link record;
BEGIN
    -- Foreign keys and other constraints as the server knows them.
    RETURN QUERY
    SELECT CASE WHEN c.convalidated AND c.conenforced THEN 'foreign_key' ELSE 'foreign_key_not_validated' END,
           CASE WHEN c.convalidated AND c.conenforced THEN 'info' ELSE 'error' END,
           c.conrelid::regclass::text,
           c.conname::text,
           format(
               '%s, %s: %s',
               CASE WHEN c.conenforced THEN 'enforced' ELSE 'not enforced' END,
               CASE WHEN c.convalidated THEN 'validated' ELSE 'not validated' END,
               pg_get_constraintdef(c.oid)
           )
    FROM pg_constraint c
    WHERE c.contype = 'f' AND c.connamespace = current_schema()::regnamespace AND c.conparentid = 0
    ORDER BY 3, 4;

    RETURN QUERY
    SELECT 'constraint_not_validated', 'error', c.conrelid::regclass::text, c.conname::text, pg_get_constraintdef(c.oid)
    FROM pg_constraint c
    WHERE c.contype = 'c' AND c.connamespace = current_schema()::regnamespace
      AND NOT (c.convalidated AND c.conenforced)
    ORDER BY 3, 4;

    -- What must lead somewhere, and does not; a bulk load may have gone around the keys.
    FOR link IN
        SELECT * FROM (VALUES
            ('catalog_order', 'customer_id', 'accounts_user'),
            ('catalog_order', 'address_id', 'catalog_address'),
            ('catalog_orderitem', 'order_id', 'catalog_order'),
            ('catalog_orderitem', 'product_id', 'catalog_product'),
            ('catalog_orderitem', 'variant_id', 'catalog_productvariant'),
            ('catalog_orderitem', 'shop_id', 'catalog_shop'),
            ('catalog_orderstatushistory', 'order_id', 'catalog_order'),
            ('catalog_orderstatushistory', 'changed_by_id', 'accounts_user'),
            ('catalog_paymentslip', 'order_id', 'catalog_order'),
            ('catalog_product', 'shop_id', 'catalog_shop'),
            ('catalog_product', 'category_id', 'catalog_productcategory'),
            ('catalog_productcategory', 'parent_id', 'catalog_productcategory'),
            ('catalog_productimage', 'product_id', 'catalog_product'),
            ('catalog_productvariant', 'product_id', 'catalog_product'),
            ('catalog_shop', 'owner_id', 'accounts_user'),
            ('catalog_shop', 'address_id', 'catalog_address'),
            ('catalog_shopcustomer', 'user_id', 'accounts_user'),
            ('catalog_shopcustomer', 'address_id', 'catalog_address')
        ) AS expected (child, link_column, parent)
    LOOP
        IF NOT EXISTS (
            SELECT FROM pg_constraint c
            JOIN pg_attribute a ON a.attrelid = c.conrelid AND c.conkey = ARRAY[a.attnum]
            WHERE c.contype = 'f' AND c.conrelid = to_regclass(link.child) AND c.confrelid = to_regclass(link.parent)
              AND a.attname = link.link_column
        ) THEN
            RETURN QUERY SELECT 'foreign_key_missing', 'error', link.child, link.link_column,
                                format('no foreign key to %s', link.parent);
        END IF;
        RETURN QUERY EXECUTE format(
            $query$
            SELECT 'orphan', 'error', %1$L, child.id::text, format('%%s %%s is not in %%s', %2$L, child.%2$I, %3$L)
            FROM %1$I child
            WHERE child.%2$I IS NOT NULL AND NOT EXISTS (SELECT FROM %3$I parent WHERE parent.id = child.%2$I)
            ORDER BY child.id
            $query$,
            link.child, link.link_column, link.parent
        );
    END LOOP;

    -- Money.
    RETURN QUERY
    SELECT 'order_total', 'warning', 'catalog_order', o.id::text,
           format('total %s, its parts come to %s', o.total, o.total - o.total_difference)
    FROM catalog_order o WHERE o.total_difference <> 0 ORDER BY o.id;

    RETURN QUERY
    SELECT 'order_subtotal', 'warning', 'catalog_order', o.id::text,
           format('subtotal %s, its items come to %s', o.subtotal, i.total)
    FROM catalog_order o
    JOIN (SELECT order_id, sum(total_price) AS total FROM catalog_orderitem GROUP BY order_id) i ON i.order_id = o.id
    WHERE o.subtotal <> i.total ORDER BY o.id;

    RETURN QUERY
    SELECT 'item_total', 'error', 'catalog_orderitem', i.id::text,
           format('%s × %s is not %s', i.quantity, i.unit_price, i.total_price)
    FROM catalog_orderitem i WHERE i.total_price <> i.quantity * i.unit_price ORDER BY i.id;

    RETURN QUERY
    SELECT 'slip_above_order', 'warning', 'catalog_paymentslip', s.id::text,
           format('amount %s, order %s asks for %s', s.amount, o.id, o.total)
    FROM catalog_paymentslip s JOIN catalog_order o ON o.id = s.order_id WHERE s.amount > o.total ORDER BY s.id;

    -- Products.
    RETURN QUERY
    SELECT 'no_default_variant', 'error', 'catalog_product', p.id::text, p.name
    FROM catalog_product p
    WHERE NOT EXISTS (SELECT FROM catalog_productvariant v WHERE v.product_id = p.id AND v.is_default) ORDER BY p.id;

    RETURN QUERY
    SELECT 'duplicate_default_variant', 'error', 'catalog_product', v.product_id::text, string_agg(v.sku, ', ' ORDER BY v.sku)
    FROM catalog_productvariant v WHERE v.is_default GROUP BY v.product_id HAVING count(*) > 1 ORDER BY v.product_id;

    RETURN QUERY
    SELECT 'negative_stock', 'warning', 'catalog_productvariant', v.id::text, format('%s: %s', v.sku, v.stock)
    FROM catalog_productvariant v WHERE v.stock < 0 ORDER BY v.id;

    -- Categories.
    RETURN QUERY
    SELECT 'category_without_slug', 'error', 'catalog_productcategory', c.id::text, c.name
    FROM catalog_productcategory c WHERE btrim(coalesce(c.slug, '')) = '' ORDER BY c.id;

    RETURN QUERY
    WITH RECURSIVE above (id, ancestor) AS (
        SELECT c.id, c.parent_id FROM catalog_productcategory c WHERE c.parent_id IS NOT NULL
        UNION
        SELECT above.id, c.parent_id FROM above JOIN catalog_productcategory c ON c.id = above.ancestor
        WHERE c.parent_id IS NOT NULL
    )
    SELECT 'category_below_itself', 'error', 'catalog_productcategory', above.id::text, c.name
    FROM above JOIN catalog_productcategory c ON c.id = above.id WHERE above.id = above.ancestor ORDER BY above.id;

    -- Addresses.
    RETURN QUERY
    SELECT 'duplicate_address', 'warning', 'catalog_address', min(a.id::text),
           format('house %s is there %s times', a.house_number_key, count(*))
    FROM catalog_address a
    GROUP BY a.house_number_key, a.street, a.village, a.district, a.province, a.postal_code
    HAVING count(*) > 1 ORDER BY 4;
END
$$;
