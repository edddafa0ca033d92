namespace LayerBuild.Formats.Osv;

/// <summary>The base equations of CVSS 3.0 and 3.1 (section 7.1 of the specifications, section 8.1 of 3.0).</summary>
internal static class Cvss3
{
    /// <returns>Null when a base metric is missing or has no such value.</returns>
    public static decimal? BaseScore(IReadOnlyDictionary<string, string> metrics, string version)
    {
        decimal? Weight(string metric, params ReadOnlySpan<(string Value, decimal Weight)> weights)
        {
            string? value = metrics.GetValueOrDefault(metric);
            foreach ((string name, decimal weight) in weights)
            {
                if (name == value)
                {
                    return weight;
                }
            }

            return null;
        }

        decimal? Impact(string metric) => Weight(metric, ("H", 0.56m), ("L", 0.22m), ("N", 0m));

        if (metrics.GetValueOrDefault("S") is not ("U" or "C"))
        {
            return null;
        }

        bool changed = metrics["S"] == "C";
        decimal? exploitability = 8.22m
            * Weight("AV", ("N", 0.85m), ("A", 0.62m), ("L", 0.55m), ("P", 0.2m))
            * Weight("AC", ("L", 0.77m), ("H", 0.44m))
            * Weight("PR", ("N", 0.85m), ("L", changed ? 0.68m : 0.62m), ("H", changed ? 0.5m : 0.27m))
            * Weight("UI", ("N", 0.85m), ("R", 0.62m));
        decimal? impactBase = 1 - ((1 - Impact("C")) * (1 - Impact("I")) * (1 - Impact("A")));
        if (exploitability is not { } ease || impactBase is not { } iss)
        {
            return null;
        }

        decimal impact = changed ? (7.52m * (iss - 0.029m)) - (3.25m * Power15(iss - 0.02m)) : 6.42m * iss;
        return impact <= 0 ? 0 : RoundUp(Math.Min((changed ? 1.08m : 1m) * (impact + ease), 10), version);
    }

    /// <summary>3.1 rounds to five decimals first (appendix A), so that all who compute it get the same.</summary>
    private static decimal RoundUp(decimal value, string version) =>
        Math.Ceiling((version == "3.1" ? Math.Round(value, 5, MidpointRounding.AwayFromZero) : value) * 10) / 10;

    private static decimal Power15(decimal value)
    {
        decimal third = value * value * value;
        return third * third * third * third * third;
    }
}
