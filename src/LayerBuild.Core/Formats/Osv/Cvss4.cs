using System.Text.Json;
using LayerBuild.Files;

namespace LayerBuild.Formats.Osv;

/// <summary>
/// The score of CVSS 4.0 (specification, section 8): the score of the vector's MacroVector, less the vector's share of the way to the
/// next lower ones. Threat and environmental metrics count where the vector states them; where it does not, the worst is assumed.
/// </summary>
internal static class Cvss4
{
    /// <summary>Values of a metric from the worst to the best; S is the safety of <c>MSI</c> and <c>MSA</c>.</summary>
    private static readonly Dictionary<string, string> Levels = new(StringComparer.Ordinal)
    {
        ["AV"] = "NALP", ["AC"] = "LH", ["AT"] = "NP", ["PR"] = "NLH", ["UI"] = "NPA",
        ["VC"] = "HLN", ["VI"] = "HLN", ["VA"] = "HLN", ["SC"] = "HLN", ["SI"] = "SHLN", ["SA"] = "SHLN",
        ["E"] = "APU", ["CR"] = "HML", ["IR"] = "HML", ["AR"] = "HML",
    };

    private static readonly Lazy<Tables> Facts = new(() => new Tables(DataFile.Read("Formats/Osv/cvss4.json")));

    /// <returns>Null when a base metric is missing, or a metric has no such value.</returns>
    public static decimal? Score(IReadOnlyDictionary<string, string> metrics)
    {
        var values = new Dictionary<string, char>(StringComparer.Ordinal);
        foreach ((string metric, string levels) in Levels)
        {
            if (Value(metrics, metric, levels) is not { } value)
            {
                return null;
            }

            values[metric] = value;
        }

        if ("VC VI VA SC SI SA".Split(' ').All(metric => values[metric] == 'N'))
        {
            return 0;
        }

        MacroVector macro = MacroVector.Of(values);
        Tables facts = Facts.Value;
        decimal score = facts.Score(macro)!.Value;
        decimal distance = 0;
        int lower = 0;
        foreach ((string set, int level, decimal? next) in facts.Next(macro))
        {
            if (next is { } below)
            {
                lower++;
                distance += set == "EQ5" ? 0 : (score - below) * facts.Share(set, level, values);
            }
        }

        decimal mean = lower == 0 ? 0 : distance / lower;
        // Thirds and sevenths are not exact: what is a half but for the last digits is rounded up as a half.
        return Math.Clamp(Math.Round(score - mean + 0.000001m, 1, MidpointRounding.AwayFromZero), 0, 10);
    }

    /// <summary>What counts for a metric: its modified value, its own, or the worst where the specification assumes it.</summary>
    private static char? Value(IReadOnlyDictionary<string, string> metrics, string metric, string levels)
    {
        string? own = metrics.GetValueOrDefault(metric);
        if (metric is "E" or "CR" or "IR" or "AR")
        {
            return own is null or "X" ? levels[0] : Known(own, levels);
        }

        // Only the modified metrics know safety.
        char? value = own is null ? null : Known(own, levels.TrimStart('S'));
        string modified = metrics.GetValueOrDefault("M" + metric) ?? "X";
        return value is null || modified == "X" ? value : Known(modified, levels);
    }

    private static char? Known(string value, string levels) => value.Length == 1 && levels.Contains(value[0], StringComparison.Ordinal) ? value[0] : null;

    /// <summary>The levels of the six sets of equivalent metrics.</summary>
    private readonly record struct MacroVector(int Eq1, int Eq2, int Eq3, int Eq4, int Eq5, int Eq6)
    {
        /// <summary>EQ3 and EQ6 depend on each other and go one way down together.</summary>
        public int Impact => (Eq3 * 2) + Eq6;

        public static MacroVector Of(Dictionary<string, char> values)
        {
            bool Is(string metric, char value) => values[metric] == value;

            int easy = (Is("AV", 'N') ? 1 : 0) + (Is("PR", 'N') ? 1 : 0) + (Is("UI", 'N') ? 1 : 0);
            bool required = (Is("CR", 'H') && Is("VC", 'H')) || (Is("IR", 'H') && Is("VI", 'H')) || (Is("AR", 'H') && Is("VA", 'H'));
            return new MacroVector(
                easy == 3 ? 0 : easy == 0 || Is("AV", 'P') ? 2 : 1,
                Is("AC", 'L') && Is("AT", 'N') ? 0 : 1,
                Is("VC", 'H') && Is("VI", 'H') ? 0 : Is("VC", 'H') || Is("VI", 'H') || Is("VA", 'H') ? 1 : 2,
                Is("SI", 'S') || Is("SA", 'S') ? 0 : Is("SC", 'H') || Is("SI", 'H') || Is("SA", 'H') ? 1 : 2,
                Levels["E"].IndexOf(values["E"], StringComparison.Ordinal),
                required ? 0 : 1);
        }
    }

    private sealed class Tables(JsonElement data)
    {
        private readonly Dictionary<string, decimal?[]> _scores = data.GetProperty("scores").EnumerateObject().ToDictionary(
            row => row.Name,
            row => row.Value.EnumerateArray().Select(s => s.ValueKind == JsonValueKind.Null ? (decimal?)null : s.GetDecimal()).ToArray(),
            StringComparer.Ordinal);

        private readonly Dictionary<string, EquivalentMetrics> _sets = data.GetProperty("equivalence").EnumerateObject().ToDictionary(
            set => set.Name,
            set => new EquivalentMetrics(
                set.Value.Texts("metrics"),
                [.. set.Value.GetProperty("highest").EnumerateArray().Select(level => level.EnumerateArray().Select(v => v.GetString()!).ToArray())],
                [.. set.Value.GetProperty("depth").EnumerateArray().Select(d => d.GetInt32())]),
            StringComparer.Ordinal);

        /// <summary>Null for a MacroVector that there is not.</summary>
        public decimal? Score(MacroVector macro) =>
            macro.Eq5 <= 2 && _scores.TryGetValue($"{macro.Eq1}{macro.Eq2}{macro.Eq3}{macro.Eq4}", out decimal?[]? row) ? row[(macro.Eq5 * 2) + macro.Eq6] : null;

        /// <summary>For each set its level and the score of the MacroVector that is one level lower in it.</summary>
        public IEnumerable<(string Set, int Level, decimal? Score)> Next(MacroVector macro)
        {
            decimal? byImpact = (macro.Eq3, macro.Eq6) switch
            {
                (0, 0) => Max(Score(macro with { Eq6 = 1 }), Score(macro with { Eq3 = 1 })),
                (1, 0) => Score(macro with { Eq6 = 1 }),
                (_, 1) => Score(macro with { Eq3 = macro.Eq3 + 1 }),
                _ => null,
            };
            yield return ("EQ1", macro.Eq1, Score(macro with { Eq1 = macro.Eq1 + 1 }));
            yield return ("EQ2", macro.Eq2, Score(macro with { Eq2 = macro.Eq2 + 1 }));
            yield return ("EQ3", macro.Impact, byImpact);
            yield return ("EQ4", macro.Eq4, Score(macro with { Eq4 = macro.Eq4 + 1 }));
            yield return ("EQ5", macro.Eq5, Score(macro with { Eq5 = macro.Eq5 + 1 }));
        }

        /// <summary>How far below a highest severity vector of its level a vector is in one set, of the level's depth.</summary>
        public decimal Share(string set, int level, Dictionary<string, char> values)
        {
            EquivalentMetrics metrics = _sets[set];
            foreach (string highest in metrics.Highest[level])
            {
                int[] steps = [.. metrics.Names.Select((name, i) => Step(name, values[name]) - Step(name, highest[i]))];
                if (steps.All(s => s >= 0))
                {
                    return (decimal)steps.Sum() / metrics.Depth[level];
                }
            }

            return 0;
        }

        private static int Step(string metric, char value) => Levels[metric].IndexOf(value, StringComparison.Ordinal);

        private static decimal? Max(decimal? left, decimal? right) => left > right ? left : right ?? left;
    }

    private sealed record EquivalentMetrics(string[] Names, string[][] Highest, int[] Depth);
}
