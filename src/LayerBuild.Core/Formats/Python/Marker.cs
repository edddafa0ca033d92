using System.Diagnostics.CodeAnalysis;
using System.Text.RegularExpressions;

namespace LayerBuild.Formats.Python;

/// <summary>
/// An environment marker (dependency specifiers specification): <c>python_version &lt; "3.12" and sys_platform == "linux"</c>,
/// with the sets that lock files add (pylock.toml specification): <c>"s3" in extras</c>, <c>"data" in dependency_groups</c>.
/// </summary>
internal sealed class Marker
{
    /// <summary>Parentheses within parentheses: more than anybody writes, less than a stack holds.</summary>
    private const int MaximumDepth = 100;

    private readonly Func<MarkerScope, bool> _evaluate;

    private Marker(Func<MarkerScope, bool> evaluate) => _evaluate = evaluate;

    /// <summary>The marker, or false when the text is something else.</summary>
    public static bool TryParse(string text, [NotNullWhen(true)] out Marker? marker)
    {
        try
        {
            marker = Parse(text);
            return true;
        }
        catch (FormatException)
        {
            marker = null;
            return false;
        }
    }

    /// <exception cref="FormatException">The text is not a marker.</exception>
    private static Marker Parse(string text)
    {
        var tokens = new Queue<string>();
        int end = 0;
        foreach (Match match in Token.Matches(text))
        {
            if (!text.AsSpan(end, match.Index - end).IsWhiteSpace())
            {
                throw new FormatException($"'{text}' is not a marker.");
            }

            end = match.Index + match.Length;
            tokens.Enqueue(White.Replace(match.Value, " "));
        }

        Func<MarkerScope, bool> evaluate = Or(tokens, text, 0);
        return tokens.Count == 0 && text.AsSpan(end).IsWhiteSpace() ? new Marker(evaluate) : throw new FormatException($"'{text}' is not a marker.");
    }

    /// <summary>One spelling for all that differ in white space and quotes only; the text itself when it is no marker.</summary>
    public static string Normalize(string text)
    {
        IEnumerable<string> tokens = Token.Matches(text).Select(m => m.Value is ['\'', .. var inner, '\''] && !inner.Contains('"', StringComparison.Ordinal) ? $"\"{inner}\"" : White.Replace(m.Value, " "));
        return string.Join(' ', tokens);
    }

    /// <summary>Whether the text holds for a target; true when it is not a marker, which pip then says better.</summary>
    /// <param name="extras">Normalized extras that were asked for; the marker holds if it does for one of them, or for none.</param>
    public static bool Holds(string? text, PythonTarget target, IReadOnlyCollection<string> extras)
    {
        if (text is null || !TryParse(text, out Marker? marker))
        {
            return true;
        }

        IReadOnlyDictionary<string, string> environment = target.MarkerEnvironment;
        return marker.Evaluate(new MarkerScope(environment)) || extras.Any(extra => marker.Evaluate(new MarkerScope(environment) { Extra = extra }));
    }

    public static bool Holds(string? text, PythonTarget target) => Holds(text, target, []);

    public bool Evaluate(MarkerScope scope) => _evaluate(scope);

    private static Func<MarkerScope, bool> Or(Queue<string> tokens, string text, int depth)
    {
        List<Func<MarkerScope, bool>> terms = Terms("or", tokens, () => And(tokens, text, depth));
        return terms is [var only] ? only : scope => terms.Exists(term => term(scope));
    }

    private static Func<MarkerScope, bool> And(Queue<string> tokens, string text, int depth)
    {
        List<Func<MarkerScope, bool>> terms = Terms("and", tokens, () => Atom(tokens, text, depth));
        return terms is [var only] ? only : scope => terms.TrueForAll(term => term(scope));
    }

    private static List<Func<MarkerScope, bool>> Terms(string word, Queue<string> tokens, Func<Func<MarkerScope, bool>> term)
    {
        List<Func<MarkerScope, bool>> terms = [term()];
        while (tokens.TryPeek(out string? next) && next == word)
        {
            tokens.Dequeue();
            terms.Add(term());
        }

        return terms;
    }

    private static Func<MarkerScope, bool> Atom(Queue<string> tokens, string text, int depth)
    {
        string Next() => tokens.TryDequeue(out string? token) ? token : throw new FormatException($"'{text}' ends too early for a marker.");

        if (tokens.TryPeek(out string? open) && open == "(")
        {
            if (depth == MaximumDepth)
            {
                throw new FormatException("A marker has too many parentheses within parentheses.");
            }

            tokens.Dequeue();
            Func<MarkerScope, bool> inner = Or(tokens, text, depth + 1);
            return Next() == ")" ? inner : throw new FormatException($"A parenthesis of '{text}' is not closed.");
        }

        string left = Next();
        string op = Next();
        string right = Next();
        if (!IsValue(left) || !IsValue(right) || IsValue(op) || op is "(" or ")" or "and" or "or")
        {
            throw new FormatException($"'{left} {op} {right}' is not a comparison of a marker.");
        }

        if (IsSet(left) || IsSet(right))
        {
            return IsLiteral(left) && op is "in" or "not in" ? Member(left, op, right) : throw new FormatException($"'{left} {op} {right}' is not a comparison of a marker.");
        }

        return left == "extra" || right == "extra"
            ? Extra(left, op, right)
            : scope => Compare(Value(left, scope), op, Value(right, scope));
    }

    private static Func<MarkerScope, bool> Member(string left, string op, string right)
    {
        string name = DistributionName.Normalize(left[1..^1]);
        return scope => (right == "extras" ? scope.Extras : scope.DependencyGroups)?.Contains(name) is true == (op == "in");
    }

    private static Func<MarkerScope, bool> Extra(string left, string op, string right)
    {
        string? name = IsLiteral(left) ? left : IsLiteral(right) ? right : null;
        name = name is null ? null : DistributionName.Normalize(name[1..^1]);
        return scope => scope.Extras is { } chosen && name is not null
            ? op is "==" or "===" ? chosen.Contains(name) : op == "!=" && !chosen.Contains(name)
            : Compare(DistributionName.Normalize(Value(left, scope)), op, DistributionName.Normalize(Value(right, scope)));
    }

    /// <summary>As versions where both sides and the operator allow it, else as text.</summary>
    private static bool Compare(string left, string op, string right)
    {
        if (op is not ("in" or "not in")
            && DistributionVersion.TryParse(left, out DistributionVersion? version)
            && version.Satisfies(op, right) is { } satisfied)
        {
            return satisfied;
        }

        return op switch
        {
            "==" or "===" => left == right,
            "!=" => left != right,
            "in" => right.Contains(left, StringComparison.Ordinal),
            "not in" => !right.Contains(left, StringComparison.Ordinal),
            "<" => string.CompareOrdinal(left, right) < 0,
            "<=" => string.CompareOrdinal(left, right) <= 0,
            ">" => string.CompareOrdinal(left, right) > 0,
            ">=" => string.CompareOrdinal(left, right) >= 0,
            _ => false,
        };
    }

    private static bool IsValue(string token) => IsLiteral(token) || IsSet(token) || Variable.IsMatch(token);

    private static bool IsLiteral(string token) => token[0] is '"' or '\'';

    private static bool IsSet(string token) => token is "extras" or "dependency_groups";

    private static string Value(string token, MarkerScope scope) =>
        IsLiteral(token) ? token[1..^1]
        : token == "extra" ? scope.Extra
        : scope.Environment[token.Replace('.', '_') switch
        {
            // Names that older metadata use.
            "python_implementation" => "platform_python_implementation",
            string name => name,
        }];

    private static Regex Token { get; } = new(@"""[^""]*""|'[^']*'|===|==|~=|!=|<=|>=|<|>|\(|\)|not\s+in\b|in\b|and\b|or\b|[A-Za-z_][A-Za-z_.]*");

    private static Regex Variable { get; } = new(@"^(python_version|python_full_version|os[._]name|sys[._]platform|platform_release|platform_system|platform[._]version|platform[._]machine|platform[._]python_implementation|python_implementation|implementation_name|implementation_version|extra)$");

    private static Regex White { get; } = new(@"\s+");
}
