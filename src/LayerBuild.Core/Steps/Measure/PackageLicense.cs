using LayerBuild.Formats.Licenses;
using LayerBuild.Formats.Python;

namespace LayerBuild.Steps.Measure;

/// <summary>The licence of a distribution, as far as its METADATA says it.</summary>
/// <param name="Names">
/// One SPDX expression, or the package's own words, or one name for each classifier. Empty when METADATA names no licence.
/// </param>
/// <param name="Expressions">Those of the names that are SPDX.</param>
/// <param name="HasUnknown">METADATA names something that is not an SPDX id, or nothing.</param>
internal sealed record PackageLicense(IReadOnlyList<string> Names, IReadOnlyList<LicenseExpression> Expressions, bool HasUnknown)
{
    /// <summary>Longest License field that is taken as a name, in characters: longer ones are the licence's text.</summary>
    private const int LongestName = 100;

    private static readonly PackageLicense Unknown = new([], [], true);

    /// <summary>For people; commas between classifiers, which do not say whether one may choose. Null when METADATA names no licence.</summary>
    public string? Text => Names.Count == 0 ? null : string.Join(", ", Names);

    /// <summary>The single expression that the whole licence is; null when it is not one.</summary>
    public LicenseExpression? Expression => !HasUnknown && Expressions.Count == 1 ? Expressions[0] : null;

    /// <param name="metadata">Text of a METADATA file (core metadata 1.0 to 2.4).</param>
    public static PackageLicense Read(string metadata)
    {
        var fields = MetadataFields.Read(metadata);
        string? stated = First(fields, "License-Expression");
        if (stated is not null)
        {
            return LicenseExpression.Parse(stated) is { } expression
                ? new PackageLicense([expression.ToString()], [expression], false)
                : new PackageLicense([stated], [], true);
        }

        string? field = First(fields, "License") is { Length: <= LongestName } name && !name.Contains('\n') ? name : null;
        LicenseExpression? named = field is null ? null : ByName(field);
        List<string> classifiers = Classifiers(fields);
        if (classifiers.Count == 1 && LicenseNames.ByClassifier(classifiers[0]) is { } id)
        {
            return new PackageLicense([id], [LicenseExpression.Parse(id)!], false);
        }

        // A field that names a licence says more than an ambiguous classifier, or than several.
        if (named is not null)
        {
            return new PackageLicense([named.ToString()], [named], false);
        }

        if (classifiers.Count > 0)
        {
            string[] names = [.. classifiers.Select(c => LicenseNames.ByClassifier(c) ?? c)];
            LicenseExpression[] known = [.. classifiers.Select(LicenseNames.ByClassifier).OfType<string>().Select(name => LicenseExpression.Parse(name)!)];
            return new PackageLicense(names, known, known.Length < names.Length);
        }

        return field is null ? Unknown : new PackageLicense([field], [], true);
    }

    private static LicenseExpression? ByName(string field) => LicenseNames.ByName(field) is { } id
        ? LicenseExpression.Parse(id)
        : LicenseExpression.Parse(field) is { IsKnown: true } expression ? expression : null;

    /// <summary>The last parts of the licence classifiers, those that say something.</summary>
    private static List<string> Classifiers(MetadataFields fields)
    {
        var names = new List<string>();
        foreach (string classifier in fields.All("Classifier").Where(c => c.StartsWith("License ::", StringComparison.Ordinal)))
        {
            string name = classifier[(classifier.LastIndexOf("::", StringComparison.Ordinal) + 2)..].Trim();
            if (name is not ("OSI Approved" or "") && !names.Contains(name))
            {
                names.Add(name);
            }
        }

        return names;
    }

    private static string? First(MetadataFields fields, string name) =>
        fields.All(name).FirstOrDefault(value => value.Length > 0 && !value.Equals("UNKNOWN", StringComparison.OrdinalIgnoreCase));
}
