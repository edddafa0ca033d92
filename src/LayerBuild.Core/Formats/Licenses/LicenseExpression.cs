namespace LayerBuild.Formats.Licenses;

/// <summary>
/// An SPDX licence expression (SPDX 2.3, annex D): ids joined by AND, OR and WITH. AND binds closer than OR.
/// </summary>
internal abstract record LicenseExpression
{
    private LicenseExpression()
    {
    }

    /// <summary>Takes operators and known ids in any case; null when it is not an expression.</summary>
    public static LicenseExpression? Parse(string text)
    {
        List<string> tokens = Tokens(text);
        int next = 0;
        LicenseExpression? expression = ParseAny(tokens, ref next);
        return next == tokens.Count ? expression : null;
    }

    /// <summary>
    /// Whether the licensee can choose so that <paramref name="disallowed"/> is true of none of the licences: one side of an
    /// OR is enough, an AND needs both.
    /// </summary>
    public abstract bool CanAvoid(Func<string, bool> disallowed);

    /// <summary>Whether every id is one of SPDX's that is known here, or a LicenseRef.</summary>
    public abstract bool IsKnown { get; }

    /// <summary>One licence.</summary>
    /// <param name="Id">As SPDX writes it, if known; a trailing + stands for later versions.</param>
    /// <param name="Exception">What stands behind WITH; null for none.</param>
    internal sealed record Single(string Id, string? Exception) : LicenseExpression
    {
        public override bool IsKnown => LicenseNames.Find(Id.TrimEnd('+')) is not null || Id.StartsWith("LicenseRef-", StringComparison.Ordinal);

        public override bool CanAvoid(Func<string, bool> disallowed)
        {
            if (disallowed(Id) || (Exception is not null && disallowed(ToString())))
            {
                return false;
            }

            return LicenseNames.VersionsFrom(Id) is not { } versions || versions.Any(v => !disallowed(v));
        }

        public override string ToString() => Exception is null ? Id : $"{Id} WITH {Exception}";
    }

    internal sealed record All(LicenseExpression Left, LicenseExpression Right) : LicenseExpression
    {
        public override bool IsKnown => Left.IsKnown && Right.IsKnown;

        public override bool CanAvoid(Func<string, bool> disallowed) => Left.CanAvoid(disallowed) && Right.CanAvoid(disallowed);

        public override string ToString() => $"{Bracket(Left)} AND {Bracket(Right)}";

        private static string Bracket(LicenseExpression part) => part is Any ? $"({part})" : part.ToString();
    }

    internal sealed record Any(LicenseExpression Left, LicenseExpression Right) : LicenseExpression
    {
        public override bool IsKnown => Left.IsKnown && Right.IsKnown;

        public override bool CanAvoid(Func<string, bool> disallowed) => Left.CanAvoid(disallowed) || Right.CanAvoid(disallowed);

        public override string ToString() => $"{Left} OR {Right}";
    }

    // The records print themselves as the expression that they are.
    public abstract override string ToString();

    private static List<string> Tokens(string text)
    {
        var tokens = new List<string>();
        int start = 0;
        for (int i = 0; i <= text.Length; i++)
        {
            if (i == text.Length || char.IsWhiteSpace(text[i]) || text[i] is '(' or ')')
            {
                if (i > start)
                {
                    tokens.Add(text[start..i]);
                }

                if (i < text.Length && text[i] is '(' or ')')
                {
                    tokens.Add(text[i].ToString());
                }

                start = i + 1;
            }
        }

        return tokens;
    }

    private static LicenseExpression? ParseAny(List<string> tokens, ref int next)
    {
        LicenseExpression? left = ParseAll(tokens, ref next);
        while (left is not null && Accept(tokens, ref next, "OR"))
        {
            left = ParseAll(tokens, ref next) is { } right ? new Any(left, right) : null;
        }

        return left;
    }

    private static LicenseExpression? ParseAll(List<string> tokens, ref int next)
    {
        LicenseExpression? left = ParseOne(tokens, ref next);
        while (left is not null && Accept(tokens, ref next, "AND"))
        {
            left = ParseOne(tokens, ref next) is { } right ? new All(left, right) : null;
        }

        return left;
    }

    private static LicenseExpression? ParseOne(List<string> tokens, ref int next)
    {
        if (Accept(tokens, ref next, "("))
        {
            LicenseExpression? inner = ParseAny(tokens, ref next);
            return inner is not null && Accept(tokens, ref next, ")") ? inner : null;
        }

        if (ReadId(tokens, ref next) is not { } id)
        {
            return null;
        }

        string known = LicenseNames.Find(id) ?? id;
        if (!Accept(tokens, ref next, "WITH"))
        {
            return new Single(known, null);
        }

        return ReadId(tokens, ref next) is { } exception ? new Single(known, LicenseNames.Exception(exception)) : null;
    }

    private static bool Accept(List<string> tokens, ref int next, string word)
    {
        bool taken = next < tokens.Count && string.Equals(tokens[next], word, StringComparison.OrdinalIgnoreCase);
        next += taken ? 1 : 0;
        return taken;
    }

    private static string? ReadId(List<string> tokens, ref int next)
    {
        if (next == tokens.Count || tokens[next].ToUpperInvariant() is "AND" or "OR" or "WITH")
        {
            return null;
        }

        foreach (char c in tokens[next])
        {
            if (!char.IsAsciiLetterOrDigit(c) && c is not ('-' or '.' or '+' or ':'))
            {
                return null;
            }
        }

        return tokens[next++];
    }
}
