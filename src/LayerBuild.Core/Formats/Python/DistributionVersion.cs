using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Numerics;
using System.Text.RegularExpressions;

namespace LayerBuild.Formats.Python;

/// <summary>A version of a Python distribution, ordered as the version specifiers specification (PEP 440) orders them.</summary>
internal sealed class DistributionVersion : IComparable<DistributionVersion>
{
    private readonly BigInteger _epoch;
    private readonly BigInteger[] _release;
    private readonly (int Phase, BigInteger Number) _pre;
    private readonly BigInteger? _post;
    private readonly BigInteger? _dev;
    private readonly string? _local;

    private DistributionVersion(Match match)
    {
        _epoch = Number(match.Groups["epoch"]) ?? 0;
        _release = [.. match.Groups["release"].Value.Split('.').Select(n => BigInteger.Parse(n, CultureInfo.InvariantCulture))];
        _post = match.Groups["post"].Success ? Number(match.Groups["postN"]) ?? Number(match.Groups["postM"]) ?? 0 : null;
        _dev = match.Groups["dev"].Success ? Number(match.Groups["devN"]) ?? 0 : null;
        _local = match.Groups["local"].Success ? match.Groups["local"].Value.Replace('-', '.').Replace('_', '.').ToLowerInvariant() : null;
        int phase = match.Groups["pre"].Value.ToLowerInvariant() switch
        {
            "a" or "alpha" => 1,
            "b" or "beta" => 2,
            "rc" or "c" or "pre" or "preview" => 3,
            // Development of a release comes before its first alpha, the release after its last candidate.
            _ => _dev is not null && _post is null ? 0 : 4,
        };
        _pre = (phase, Number(match.Groups["preN"]) ?? 0);
    }

    public static bool TryParse(string text, [NotNullWhen(true)] out DistributionVersion? version)
    {
        Match match = Form.Match(text.Trim());
        version = match.Success ? new DistributionVersion(match) : null;
        return match.Success;
    }

    /// <summary>Whether it satisfies every clause of a specifier set (<c>&gt;=3.9,!=3.9.1</c>); null when one is not a clause.</summary>
    public bool? MeetsAll(string specifiers)
    {
        bool? all = true;
        foreach (string clause in specifiers.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            switch (Meets(clause))
            {
                case null:
                    return null;
                case false:
                    all = false;
                    break;
            }
        }

        return all;
    }

    /// <summary>Whether it satisfies one clause, operator and operand in one; null when it is not a clause.</summary>
    public bool? Meets(string clause)
    {
        int operand = clause.AsSpan().IndexOfAnyExcept("=<>!~");
        return operand <= 0 ? null : Satisfies(clause[..operand], clause[operand..]);
    }

    /// <summary>
    /// Whether it satisfies one clause: <c>&gt;=3.9</c>, <c>==3.12.*</c>, <c>~=1.4.2</c>. Null when the clause is not one.
    /// </summary>
    public bool? Satisfies(string op, string operand)
    {
        if (op == "===")
        {
            return null;
        }

        bool prefix = operand.EndsWith(".*", StringComparison.Ordinal);
        if (!TryParse(prefix ? operand[..^2] : operand, out DistributionVersion? other))
        {
            return null;
        }

        if (prefix)
        {
            return op switch
            {
                "==" => StartsWith(other._release, other._epoch),
                "!=" => !StartsWith(other._release, other._epoch),
                _ => null,
            };
        }

        // The public version is what ordered comparison and an operand without a local part look at.
        int order = CompareTo(other, local: false);
        return op switch
        {
            "==" => CompareToBound(other) == 0,
            "!=" => CompareToBound(other) != 0,
            "<=" => order <= 0,
            ">=" => order >= 0,
            "<" => order < 0 && !(other.IsFinal && !IsFinal && SameRelease(other)),
            ">" => order > 0 && !(other._post is null && _post is not null && SameRelease(other)),
            "~=" => other._release.Length > 1 ? order >= 0 && StartsWith(other._release[..^1], other._epoch) : null,
            _ => null,
        };
    }

    public int CompareTo(DistributionVersion? other) => CompareTo(other, local: true);

    /// <summary>Order against a version that somebody names: a build of it (<c>2.1.0+cu121</c>) counts as it where the name has no local part.</summary>
    public int CompareToBound(DistributionVersion bound) => CompareTo(bound, local: bound._local is not null);

    private bool IsFinal => _pre.Phase == 4 && _dev is null;

    private int CompareTo(DistributionVersion? other, bool local)
    {
        if (other is null)
        {
            return 1;
        }

        int order = _epoch.CompareTo(other._epoch);
        for (int i = 0; order == 0 && i < Math.Max(_release.Length, other._release.Length); i++)
        {
            order = Part(i).CompareTo(other.Part(i));
        }

        order = order != 0 ? order : _pre.CompareTo(other._pre);
        order = order != 0 ? order : (_post ?? -1).CompareTo(other._post ?? -1);
        // Without .dev it is later than any .dev.
        order = order != 0 ? order : (_dev is null ? 1 : 0).CompareTo(other._dev is null ? 1 : 0);
        order = order != 0 ? order : (_dev ?? 0).CompareTo(other._dev ?? 0);
        return order != 0 || !local ? order : CompareLocal(_local, other._local);
    }

    private static int CompareLocal(string? left, string? right)
    {
        if (left is null || right is null)
        {
            return (left is null ? 0 : 1).CompareTo(right is null ? 0 : 1);
        }

        string[] lefts = left.Split('.');
        string[] rights = right.Split('.');
        for (int i = 0; i < Math.Min(lefts.Length, rights.Length); i++)
        {
            bool leftNumber = BigInteger.TryParse(lefts[i], NumberStyles.None, CultureInfo.InvariantCulture, out BigInteger l);
            bool rightNumber = BigInteger.TryParse(rights[i], NumberStyles.None, CultureInfo.InvariantCulture, out BigInteger r);
            int order = leftNumber && rightNumber ? l.CompareTo(r)
                : leftNumber != rightNumber ? leftNumber.CompareTo(rightNumber)
                : string.CompareOrdinal(lefts[i], rights[i]);
            if (order != 0)
            {
                return order;
            }
        }

        return lefts.Length.CompareTo(rights.Length);
    }

    private BigInteger Part(int index) => index < _release.Length ? _release[index] : 0;

    private bool SameRelease(DistributionVersion other) =>
        _epoch == other._epoch && Enumerable.Range(0, Math.Max(_release.Length, other._release.Length)).All(i => Part(i) == other.Part(i));

    private bool StartsWith(BigInteger[] release, BigInteger epoch) =>
        _epoch == epoch && Enumerable.Range(0, release.Length).All(i => Part(i) == release[i]);

    private static BigInteger? Number(Group group) => group.Success && group.Length > 0 ? BigInteger.Parse(group.Value, CultureInfo.InvariantCulture) : null;

    private static Regex Form { get; } = new(
        @"^v?(?:(?<epoch>[0-9]+)!)?(?<release>[0-9]+(?:\.[0-9]+)*)(?:[-_.]?(?<pre>alpha|a|beta|b|preview|pre|c|rc)[-_.]?(?<preN>[0-9]+)?)?(?<post>-(?<postM>[0-9]+)|[-_.]?(?:post|rev|r)[-_.]?(?<postN>[0-9]+)?)?(?<dev>[-_.]?dev[-_.]?(?<devN>[0-9]+)?)?(?:\+(?<local>[a-z0-9]+(?:[-_.][a-z0-9]+)*))?$",
        RegexOptions.IgnoreCase);
}
