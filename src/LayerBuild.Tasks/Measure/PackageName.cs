using System.Text;

namespace LayerBuild.Measure;

/// <summary>Names of distributions, compared as PEP 503 says.</summary>
internal static class PackageName
{
    /// <summary>Lower case, runs of <c>-</c>, <c>_</c> and <c>.</c> as one <c>-</c>.</summary>
    public static string Normalise(string name)
    {
        var normalised = new StringBuilder(name.Length);
        foreach (char c in name)
        {
            if (c is not ('-' or '_' or '.'))
            {
                normalised.Append(char.ToLowerInvariant(c));
            }
            else if (normalised.Length == 0 || normalised[^1] != '-')
            {
                normalised.Append('-');
            }
        }

        return normalised.ToString();
    }
}
