using System.Text.RegularExpressions;

namespace LayerBuild.Formats.Python;

/// <summary>
/// An environment marker (dependency specifiers specification): <c>python_version &lt; "3.12" and sys_platform == "linux"</c>.
/// </summary>
internal sealed class Marker
{
    private readonly Func<IReadOnlyDictionary<string, string>, bool> _evaluate;

    private Marker(Func<IReadOnlyDictionary<string, string>, bool> evaluate) => _evaluate = evaluate;

    /// <exception cref="FormatException">The text is not a marker.</exception>
    private static Marker Parse(string text)
    {
        var tokens = new Queue<string>();
        int end = 0;
        foreach (Match match in Token.Matches(text))
        {
            if (text[end..match.Index].Trim().Length > 0)
            {
                throw new FormatException($"'{text}' is not a marker.");
            }

            end = match.Index + match.Length;
            tokens.Enqueue(White.Replace(match.Value, " "));
        }

        Func<IReadOnlyDictionary<string, string>, bool> evaluate = Or(tokens, text);
        return tokens.Count == 0 && text[end..].Trim().Length == 0 ? new Marker(evaluate) : throw new FormatException($"'{text}' is not a marker.");
    }

    /// <summary>One spelling for all that differ in white space and quotes only; the text itself when it is no marker.</summary>
    public static string Normalize(string text)
    {
        IEnumerable<string> tokens = Token.Matches(text).Select(m => m.Value is ['\'', .. var inner, '\''] && !inner.Contains('"', StringComparison.Ordinal) ? $"\"{inner}\"" : White.Replace(m.Value, " "));
        return string.Join(' ', tokens);
    }

    /// <summary>Whether the text holds for a target; true when it is not a marker, which pip then says better.</summary>
    public static bool Holds(string? text, PythonTarget target, IReadOnlyCollection<string> extras)
    {
        try
        {
            return text is null || Parse(text).Evaluate(target, extras);
        }
        catch (FormatException)
        {
            return true;
        }
    }

    public static bool Holds(string? text, PythonTarget target) => Holds(text, target, []);

    /// <param name="extras">Normalised extras that were asked for; the marker holds if it does for one of them, or for none.</param>
    private bool Evaluate(PythonTarget target, IReadOnlyCollection<string> extras)
    {
        Dictionary<string, string> environment = new(target.MarkerEnvironment, StringComparer.Ordinal) { ["extra"] = "" };
        if (_evaluate(environment))
        {
            return true;
        }

        foreach (string extra in extras)
        {
            environment["extra"] = extra;
            if (_evaluate(environment))
            {
                return true;
            }
        }

        return false;
    }

    private static Func<IReadOnlyDictionary<string, string>, bool> Or(Queue<string> tokens, string text)
    {
        Func<IReadOnlyDictionary<string, string>, bool> left = And(tokens, text);
        while (tokens.TryPeek(out string? word) && word == "or")
        {
            tokens.Dequeue();
            (Func<IReadOnlyDictionary<string, string>, bool> l, Func<IReadOnlyDictionary<string, string>, bool> r) = (left, And(tokens, text));
            left = e => l(e) || r(e);
        }

        return left;
    }

    private static Func<IReadOnlyDictionary<string, string>, bool> And(Queue<string> tokens, string text)
    {
        Func<IReadOnlyDictionary<string, string>, bool> left = Atom(tokens, text);
        while (tokens.TryPeek(out string? word) && word == "and")
        {
            tokens.Dequeue();
            (Func<IReadOnlyDictionary<string, string>, bool> l, Func<IReadOnlyDictionary<string, string>, bool> r) = (left, Atom(tokens, text));
            left = e => l(e) && r(e);
        }

        return left;
    }

    private static Func<IReadOnlyDictionary<string, string>, bool> Atom(Queue<string> tokens, string text)
    {
        string Next() => tokens.TryDequeue(out string? token) ? token : throw new FormatException($"'{text}' ends too early for a marker.");

        if (tokens.TryPeek(out string? open) && open == "(")
        {
            tokens.Dequeue();
            Func<IReadOnlyDictionary<string, string>, bool> inner = Or(tokens, text);
            return Next() == ")" ? inner : throw new FormatException($"A parenthesis of '{text}' is not closed.");
        }

        string left = Next();
        string op = Next();
        string right = Next();
        if (!IsValue(left) || !IsValue(right) || IsValue(op) || op is "(" or ")" or "and" or "or")
        {
            throw new FormatException($"'{left} {op} {right}' is not a comparison of a marker.");
        }

        bool isExtra = left == "extra" || right == "extra";
        return environment =>
        {
            string l = Value(left, environment);
            string r = Value(right, environment);
            return isExtra ? Compare(DistributionName.Normalize(l), op, DistributionName.Normalize(r)) : Compare(l, op, r);
        };
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

    private static bool IsValue(string token) => token[0] is '"' or '\'' || Variable.IsMatch(token);

    private static string Value(string token, IReadOnlyDictionary<string, string> environment) =>
        token[0] is '"' or '\'' ? token[1..^1] : environment[token.Replace('.', '_') switch
        {
            // Names that older metadata use.
            "python_implementation" => "platform_python_implementation",
            string name => name,
        }];

    private static Regex Token { get; } = new(@"""[^""]*""|'[^']*'|===|==|~=|!=|<=|>=|<|>|\(|\)|not\s+in\b|in\b|and\b|or\b|[A-Za-z_][A-Za-z_.]*");

    private static Regex Variable { get; } = new(@"^(python_version|python_full_version|os[._]name|sys[._]platform|platform_release|platform_system|platform[._]version|platform[._]machine|platform[._]python_implementation|python_implementation|implementation_name|implementation_version|extra)$");

    private static Regex White { get; } = new(@"\s+");
}
