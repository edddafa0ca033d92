namespace LayerBuild.Formats.Licenses;

/// <summary>Names of the files that hold licences, copyright notices, or lists of them.</summary>
internal static class LicenseFileName
{
    private static readonly string[] Stems = ["licence", "license", "licenses", "licences", "copying", "copyright", "notice", "third_party_licenses", "thirdpartynotices"];
    private static readonly string[] Suffixes = ["", ".txt", ".md", ".rst", ".html"];

    /// <summary>Whether a file's name says that it is a licence, a copyright notice or a list of them.</summary>
    public static bool IsMatch(ReadOnlySpan<char> fileName)
    {
        // Of tens of thousands of names hardly any begins like one.
        if (fileName.Length == 0 || (fileName[0] | 0x20) is not ('l' or 'c' or 'n' or 't'))
        {
            return false;
        }

        string name = fileName.ToString().ToLowerInvariant();
        foreach (string stem in Stems)
        {
            if (name.StartsWith(stem, StringComparison.Ordinal))
            {
                // LICENSE, LICENSE.txt, LICENSE.APACHE, LICENSE-MIT, not license.py or licenseheaders.
                string rest = name[stem.Length..];
                bool marked = rest.Length > 0 && rest[0] is '.' or '-' or '_';
                if (Suffixes.Contains(rest) || (marked && (Suffixes.Contains(Path.GetExtension(rest)) || (stem != "copyright" && IsWord(rest[1..])))))
                {
                    return true;
                }
            }
        }

        return false;

        static bool IsWord(string rest) => rest is "apache" or "apache2" or "bsd" or "mit" or "lesser" or "gpl" or "lgpl" or "psf" or "mpl" or "zlib";
    }
}
