using System.Buffers;
using System.Text;
using System.Text.RegularExpressions;

namespace LayerBuild.Steps.Verify;

/// <summary>A place in a file that holds what looks like a secret. The secret itself is never kept.</summary>
/// <param name="Kind">For people: <c>a private key</c>.</param>
/// <param name="Line">From 1.</param>
internal readonly record struct Secret(string Kind, int Line);

/// <summary>
/// Finds secrets in texts: private keys, keys of AWS, tokens with a known prefix, passwords in URLs and in the settings of tools. It
/// would rather miss one than take an example for one.
/// </summary>
internal static class SecretScanner
{
    /// <summary>Bytes above which a file is no settings file and no source.</summary>
    public const int LargestFile = 1024 * 1024;

    /// <summary>What a secret cannot be without; most files have none of it and are done with one pass.</summary>
    private static readonly SearchValues<string> Clues = SearchValues.Create(
        [
            "PRIVATE KEY", "AKIA", "ASIA", "aws_secret_access_key", "://", "ghp_", "gho_", "ghs_", "github_pat_", "glpat-", "npm_",
            "pypi-AgEI", "xoxb-", "xoxp-", "sk_live_", "_authToken", "_password", "password", "_auth",
        ],
        StringComparison.OrdinalIgnoreCase);

    private static readonly SearchValues<string> TokenPrefixes = SearchValues.Create(
        ["ghp_", "gho_", "ghs_", "github_pat_", "glpat-", "npm_", "pypi-AgEI", "xoxb-", "xoxp-", "sk_live_"], StringComparison.Ordinal);

    /// <param name="fileName">Decides whether settings of a tool are looked for.</param>
    public static IReadOnlyList<Secret> Scan(ReadOnlySpan<byte> bytes, string fileName)
    {
        if (bytes.IndexOf((byte)0) >= 0)
        {
            return [];
        }

        // Latin-1 keeps every byte a character, and what is looked for is ASCII.
        char[] rented = ArrayPool<char>.Shared.Rent(bytes.Length);
        try
        {
            Span<char> text = rented.AsSpan(0, bytes.Length);
            Encoding.Latin1.GetChars(bytes, text);
            bool settings = IsDotEnv(fileName);
            return text.IndexOfAny(Clues) < 0 && !settings ? [] : Find(new string(text), fileName);
        }
        finally
        {
            ArrayPool<char>.Shared.Return(rented);
        }
    }

    /// <summary><c>.env</c>, <c>.env.local</c>, but not <c>.env.example</c>.</summary>
    public static bool IsDotEnv(ReadOnlySpan<char> fileName) =>
        fileName.StartsWith(".env", StringComparison.Ordinal) && (fileName.Length == 4 || fileName[4] == '.') && !Sample.IsMatch(fileName);

    private static List<Secret> Find(string text, string fileName)
    {
        var found = new List<Secret>();
        void Add(string kind, int index) => found.Add(new Secret(kind, 1 + text.AsSpan(0, index).Count('\n')));

        // Each pattern is tried only where what it cannot be without was seen: most settings have no more than a URL.
        if (text.Contains("PRIVATE KEY", StringComparison.Ordinal))
        {
            foreach (Match match in PrivateKey.Matches(text))
            {
                Add("a private key", match.Index);
            }
        }

        if (text.Contains("AKIA", StringComparison.Ordinal) || text.Contains("ASIA", StringComparison.Ordinal))
        {
            foreach (Match match in AwsKeyId.Matches(text))
            {
                if (!IsPlaceholder(match.Value) && match.Value.Distinct().Count() > 7)
                {
                    Add("an AWS access key", match.Index);
                }
            }
        }

        if (text.Contains("secret", StringComparison.OrdinalIgnoreCase))
        {
            foreach (Match match in AwsSecret.Matches(text))
            {
                string value = match.Groups["value"].Value;
                if (!IsPlaceholder(value) && value.Distinct().Count() > 12)
                {
                    Add("an AWS secret access key", match.Index);
                }
            }
        }

        if (text.AsSpan().ContainsAny(TokenPrefixes))
        {
            foreach (Match match in Token.Matches(text))
            {
                if (!IsPlaceholder(match.Value) && match.Value.Distinct().Count() > 12)
                {
                    Add("an access token", match.Index);
                }
            }
        }

        foreach (UrlCredentials url in UrlCredentials.Find(text))
        {
            if (!IsPlaceholder(url.Password) && !Reference.IsMatch(url.User) && !IsExampleHost(url.Host))
            {
                Add("a URL with a password", url.Index);
            }
        }

        if (ToolSettings(fileName) is { } settings)
        {
            foreach (Match match in settings.Pattern.Matches(text))
            {
                if (!IsPlaceholder(match.Groups["value"].Value))
                {
                    Add(settings.Kind, match.Index);
                }
            }
        }

        return [.. found.DistinctBy(s => s.Line).OrderBy(s => s.Line)];
    }

    private static (Regex Pattern, string Kind)? ToolSettings(string fileName) => fileName switch
    {
        ".netrc" or "_netrc" => (NetrcPassword, "a password in .netrc"),
        ".pypirc" => (IniPassword, "a password in .pypirc"),
        ".npmrc" => (NpmToken, "a token in .npmrc"),
        "pip.conf" or "pip.ini" => (IniPassword, "a password in pip's settings"),
        _ when IsDotEnv(fileName) => (Assignment, "a setting in an environment file"),
        _ => null,
    };

    /// <summary>References to variables, and words that documentation has in place of a secret.</summary>
    private static bool IsPlaceholder(string value) =>
        value.Length == 0
        || Reference.IsMatch(value)
        || value.Contains("EXAMPLE", StringComparison.OrdinalIgnoreCase)
        || value.Distinct().Count() <= 2
        || PlaceholderWord.IsMatch(value);

    private static bool IsExampleHost(string host) => ExampleHost.IsMatch(host);

    private static Regex Reference { get; } = new(@"^[$%]|[<>{}]|\$\(|\*\*", RegexOptions.CultureInvariant);

    private static Regex Sample { get; } = new(@"\.(?:example|sample|template|tmpl|dist|defaults?|schema)$", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant);

    /// <summary>A header with a line of base64 behind it: code that only knows the header is no key.</summary>
    private static Regex PrivateKey { get; } = new(@"-----BEGIN (?:[A-Z0-9]+ ){0,2}PRIVATE KEY(?: BLOCK)?-----(?:\\n|[\s""'+\\,]|[A-Za-z-]+: [^\n]*\n)*[A-Za-z0-9+/]{40,}", RegexOptions.CultureInvariant);

    private static Regex AwsKeyId { get; } = new(@"(?<![A-Za-z0-9+/_])(?:AKIA|ASIA)[A-Z0-9]{16}(?![A-Za-z0-9+/_=])", RegexOptions.CultureInvariant);

    private static Regex AwsSecret { get; } = new(@"aws_?secret_?access_?key['""]?\s*(?:[=:]|=>)\s*['""]?(?<value>[A-Za-z0-9+/]{40})(?![A-Za-z0-9+/=])", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant);

    private static Regex Token { get; } = new(@"(?<![A-Za-z0-9_])(?:gh[pos]_[A-Za-z0-9]{36}|github_pat_[A-Za-z0-9_]{60,}|glpat-[A-Za-z0-9_\-]{20,}|npm_[A-Za-z0-9]{36}|pypi-AgEI[A-Za-z0-9_\-]{50,}|xox[bp]-[0-9]{6,}-[A-Za-z0-9\-]{16,}|sk_live_[A-Za-z0-9]{20,})", RegexOptions.CultureInvariant);

    private static Regex NetrcPassword { get; } = new(@"\bpassword\s+(?<value>\S+)", RegexOptions.CultureInvariant);

    private static Regex IniPassword { get; } = new(@"^\s*password\s*[=:]\s*(?<value>\S+)", RegexOptions.Multiline | RegexOptions.CultureInvariant);

    private static Regex NpmToken { get; } = new(@"^[^#;\n]*(?:_authToken|_auth|_password)\s*=\s*(?<value>\S+)", RegexOptions.Multiline | RegexOptions.CultureInvariant);

    private static Regex Assignment { get; } = new(@"^\s*(?:export\s+)?[A-Za-z_][A-Za-z0-9_]*\s*=[ \t]*['""]?(?<value>[^\s'""#]+)", RegexOptions.Multiline | RegexOptions.CultureInvariant);

    private static Regex PlaceholderWord { get; } = new(@"^(?:user(?:name)?|pass(?:w(?:or)?d)?\d*|pwd|pw|secret\d*|token|my[_-]?\w*|your[_-]?\w*|some\w*|change_?me\w*|x{3,}\w*|foo|bar|baz|test\w*|dummy\w*|fake\w*|mock\w*|sample\w*|placeholder\w*|redacted|none|null|hunter2|abc\w{0,5}|\d{1,6}|p@ss\w*|root|admin|guest|me|tiger|scott|postgres|mysql|api_?key)$", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant);

    private static Regex ExampleHost { get; } = new(@"^(?:localhost|127\.\d+\.\d+\.\d+|0\.0\.0\.0|\[::1\]|host(?:name)?|server|domain|proxy|db|database|redis|postgres|mysql|some\w*|my\w*|your\w*|[\w.\-]*example(?:\.\w+)?|[\w.\-]*\.(?:test|invalid|local|localhost)|foo\S*|bar\S*|[a-z]|1\.2\.3\.4|10\.10\.1\.10|192\.0\.2\.\d+)$", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant);
}
