"""Lists of big tables: pages by key, a bounded count, a search that indexes answer, no sorting without an index."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, ClassVar, Literal

from django.contrib import admin, messages
from django.contrib.admin.options import IncorrectLookupParameters
from django.contrib.admin.views.main import ORDER_VAR, ChangeList
from django.core.paginator import Paginator
from django.db import OperationalError
from django.db.models import OrderBy, Q, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.functional import cached_property
from django.utils.text import capfirst
from psycopg.errors import QueryCanceled

from operations.admin.keyset import BrokenCursor, KeysetOrder, Page, page_after, page_before
from operations.estimates import BOUND, RowCount, list_count

AFTER = "after"
BEFORE = "before"
CURSORS = (AFTER, BEFORE)
KEYS_FOUND = 200
TOO_LONG = (
    "The database gave up on this list because it took too long. Narrow it down: search for a key, drop a filter."
)


class BoundedPaginator(Paginator):
    """Counts no further than `BOUND` rows; what lies beyond is reached by narrowing the search.

    Django asks for it where it pages by number: in the choices of an autocomplete field and in an object's history.
    """

    @cached_property
    def count(self) -> int:
        if isinstance(self.object_list, QuerySet):
            return self.object_list[: BOUND + 1].count()
        return len(self.object_list)


class KeysetChangeList(ChangeList):
    """A change list whose pages are found by key, and which reads at most one row more than it shows.

    Columns can be sorted by if `ModelAdmin.sortable_by` names them: those that an index keeps in order.
    """

    order: KeysetOrder
    page: Page
    count: RowCount

    def __init__(self, request: HttpRequest, *args: Any, **kwargs: Any) -> None:
        super().__init__(request, *args, **kwargs)
        for name in CURSORS:  # a search or filter that is chosen on a later page starts at the first one again
            self.params.pop(name, None)
        if not self.is_popup:
            self.title = capfirst(str(self.opts.verbose_name_plural))

    def get_filters_params(self, params: dict[str, Any] | None = None) -> dict[str, Any]:
        return {name: value for name, value in super().get_filters_params(params).items() if name not in CURSORS}

    def get_query_string(self, new_params: dict[str, Any] | None = None, remove: Iterable[str] | None = None) -> str:
        return super().get_query_string(new_params, [*(remove or ()), *CURSORS])

    def get_ordering(self, request: HttpRequest, queryset: QuerySet[Any]) -> list[Any]:
        self.order = self._chosen_order() or self._default_order()
        return list(self.order.expressions())

    def _chosen_order(self) -> KeysetOrder | None:
        for choice in str(self.params.get(ORDER_VAR, "")).split("."):
            index = choice.removeprefix("-")
            if index.isdecimal() and int(index) < len(self.list_display):
                name = self.list_display[int(index)]
                column = self.get_ordering_field(name) if name in (self.sortable_by or ()) else None
                if isinstance(column, str):
                    return self._order_by(column, descending=choice.startswith("-"))
        return None

    def _default_order(self) -> KeysetOrder:
        first: Any = next(iter(self.model_admin.ordering or self.lookup_opts.ordering or ()), "-pk")
        if isinstance(first, OrderBy):
            column: Any = first.expression
            return self._order_by(column.name, descending=first.descending)
        return self._order_by(first.removeprefix("-"), descending=first.startswith("-"))

    def _order_by(self, column: str, *, descending: bool) -> KeysetOrder:
        if column == "pk" or column == self.lookup_opts.pk.name:
            return KeysetOrder("pk", descending)
        return KeysetOrder(column, descending, nullable=bool(self.lookup_opts.get_field(column).null))

    def get_ordering_field_columns(self) -> dict[int, Literal["desc", "asc"]]:
        """The one column that the rows are sorted by, for the arrow in the table's head."""
        for index, name in enumerate(self.list_display):
            if self.get_ordering_field(name) == self.order.column:
                return {index: "desc" if self.order.descending else "asc"}
        return {}

    def get_queryset(self, request: HttpRequest, exclude_parameters: Any = None) -> QuerySet[Any]:
        deferred = getattr(self.model_admin, "list_defer", ())
        return super().get_queryset(request, exclude_parameters).defer(*deferred)

    def get_results(self, request: HttpRequest) -> None:
        self.page = self._page(request)
        self.result_list = self.page.rows
        is_all = self.page.is_first and self.page.after is None
        self.count = RowCount(len(self.page.rows)) if is_all else list_count(self.queryset)
        self.result_count = self.count.value
        self.full_result_count = None
        self.show_full_result_count = False
        self.show_admin_actions = True
        self.can_show_all = False
        self.multi_page = not is_all
        self.paginator = self.model_admin.get_paginator(request, self.queryset, self.list_per_page)

    def _page(self, request: HttpRequest) -> Page:
        after, before = request.GET.get(AFTER), request.GET.get(BEFORE)
        try:
            if before:
                start = self.order.cursor(before, self.model)
                return page_before(self.queryset, self.order, start, self.list_per_page)
            begin = self.order.cursor(after, self.model) if after else None
        except BrokenCursor as error:
            raise IncorrectLookupParameters from error
        return page_after(self.queryset, self.order, begin, self.list_per_page)

    @property
    def first_page_url(self) -> str | None:
        return None if self.page.is_first else self.get_query_string()

    @property
    def previous_page_url(self) -> str | None:
        return self.get_query_string({BEFORE: self.page.before}) if self.page.before else None

    @property
    def next_page_url(self) -> str | None:
        return self.get_query_string({AFTER: self.page.after}) if self.page.after else None

    @property
    def count_noun(self) -> str:
        is_one = self.count == RowCount(1)
        return str(self.opts.verbose_name if is_one else self.opts.verbose_name_plural)

    @property
    def is_narrowed(self) -> bool:
        return bool(self.query or self.get_filters_params())


class BigListAdmin(admin.ModelAdmin):
    """A list that stays quick when its table is big.

    `search_fields` are lookups that an index answers (`memorial_id__startswith`); they are tried first.
    `scanned_fields` are lookups that read the table (about 0.2 s for a million rows); they are tried only when nothing
    was found, so an admin that has some keeps to whole keys in `search_fields`. A search is one term: a name with a
    blank in it is looked for as it stands.
    """

    paginator = BoundedPaginator
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER  # each would be a count of its own
    list_per_page = 50
    sortable_by: ClassVar[Any] = ()
    scanned_fields: tuple[str, ...] = ()
    list_defer: tuple[str, ...] = ()

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        return KeysetChangeList

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        term = search_term.strip().replace("\x00", "")
        if not term or not self.get_search_fields(request):
            return queryset, False
        found = self.keys_found(request, term)
        if found or not self.scanned_fields:
            return queryset.filter(pk__in=found), False
        return queryset.filter(Q(*((lookup, term) for lookup in self.scanned_fields), _connector=Q.OR)), False

    def key_queries(self, request: HttpRequest, term: str) -> list[QuerySet[Any]]:
        """One query for each way in which an index finds `term`."""
        manager = self.model._default_manager
        return [manager.filter((lookup, term)) for lookup in self.get_search_fields(request)]

    def keys_found(self, request: HttpRequest, term: str) -> list[Any]:
        """The keys of up to `KEYS_FOUND` rows per way, all in one query."""
        first, *others = [query.order_by().values_list("pk")[:KEYS_FOUND] for query in self.key_queries(request, term)]
        return [row[0] for row in first.union(*others)]

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        try:
            return super().changelist_view(request, extra_context)
        except OperationalError as error:
            if not isinstance(error.__cause__, QueryCanceled) or not request.GET:
                raise
            self.message_user(request, TOO_LONG, messages.ERROR)
            return HttpResponseRedirect(request.path)

    def response_action(self, request: HttpRequest, queryset: QuerySet[Any], *args: Any) -> HttpResponse | None:
        """Actions are for the rows that were seen and ticked, never for "all that match"."""
        if request.POST.get("select_across") == "1":
            self.message_user(request, "Actions work on the rows of one page. Nothing was changed.", messages.WARNING)
            return None
        return super().response_action(request, queryset, *args)
