using System.Text;
using System.Text.RegularExpressions;

namespace LayerBuild.Formats.Wheel;

/// <summary>
/// Knows an <c>__init__.py</c> that only declares a namespace package (pkgutil or pkg_resources style) or holds nothing
/// but comments: several distributions bring one for the same folder, and any of them will do.
/// </summary>
internal static class NamespaceInit
{
    /// <summary>Longer files are never only that, in bytes.</summary>
    public const int MaxSize = 4096;

    /// <summary><see cref="WheelMemberTraits.NamespaceInit"/>, also <see cref="WheelMemberTraits.ExtendsPath"/>, or none.</summary>
    public static WheelMemberTraits TraitsOf(ReadOnlySpan<byte> source)
    {
        if (source.Length > MaxSize)
        {
            return WheelMemberTraits.None;
        }

        string code = Squeeze(Encoding.UTF8.GetString(source));
        return code.Length == 0 ? WheelMemberTraits.NamespaceInit
            : Declarations.IsMatch(code) ? WheelMemberTraits.NamespaceInit | WheelMemberTraits.ExtendsPath
            : WheelMemberTraits.None;
    }

    /// <summary>The code without comments, leading strings (docstrings) and white space; single quotes only.</summary>
    private static string Squeeze(string source)
    {
        var code = new StringBuilder(source.Length);
        int at = 0;
        while (at < source.Length)
        {
            char c = source[at];
            if (c == '#')
            {
                int end = source.IndexOf('\n', at);
                at = end < 0 ? source.Length : end;
            }
            else if (char.IsWhiteSpace(c) || c == '\uFEFF')
            {
                at++;
            }
            else if (code.Length == 0 && (c is '"' or '\''))
            {
                string quotes = string.CompareOrdinal(source, at, new string(c, 3), 0, 3) == 0 ? new string(c, 3) : c.ToString();
                int end = source.IndexOf(quotes, at + quotes.Length, StringComparison.Ordinal);
                at = end < 0 ? source.Length : end + quotes.Length;
            }
            else
            {
                code.Append(c == '"' ? '\'' : c);
                at++;
            }
        }

        return code.ToString();
    }

    private static Regex Declarations { get; } = new(
        """
        \A(
          __path__=__import__\('pkgutil'\)\.extend_path\(__path__,__name__\)
        | (from__future__importabsolute_import)?(frompkgutilimportextend_path|importpkgutil)__path__=(pkgutil\.)?extend_path\(__path__,__name__\)
        | __import__\('pkg_resources'\)\.declare_namespace\(__name__\)
        | (importpkg_resources|frompkg_resourcesimportdeclare_namespace)(pkg_resources\.)?declare_namespace\(__name__\)
        | try:__import__\('pkg_resources'\)\.declare_namespace\(__name__\)except(ImportError|Exception)?:
            ( pass
            | __path__=__import__\('pkgutil'\)\.extend_path\(__path__,__name__\)
            | (frompkgutilimportextend_path|importpkgutil)__path__=(pkgutil\.)?extend_path\(__path__,__name__\) )
        | try:importpkg_resourcespkg_resources\.declare_namespace\(__name__\)except(ImportError|Exception)?:
            ( pass | (frompkgutilimportextend_path|importpkgutil)__path__=(pkgutil\.)?extend_path\(__path__,__name__\) )
        );?\z
        """,
        RegexOptions.IgnorePatternWhitespace | RegexOptions.CultureInvariant);
}
