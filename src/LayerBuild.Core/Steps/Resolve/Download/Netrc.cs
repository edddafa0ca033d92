using System.Text;

namespace LayerBuild.Steps.Resolve.Download;

/// <summary>A user's names and passwords by host, in the format that ftp began and curl, git and pip read.</summary>
internal sealed class Netrc
{
    private readonly Dictionary<string, Login> _machines = new(StringComparer.OrdinalIgnoreCase);
    private Login? _default;

    private Netrc()
    {
    }

    public static Netrc Parse(string text)
    {
        var netrc = new Netrc();
        string? machine = null;
        bool any = false;
        string user = "";
        string password = "";
        int at = 0;
        while (NextWord(text, ref at, comments: true) is { } word)
        {
            switch (word)
            {
                case "machine" or "default":
                    Close();
                    machine = word == "machine" ? NextWord(text, ref at) ?? "" : null;
                    (any, user, password) = (true, "", "");
                    break;
                case "login" or "user":
                    user = NextWord(text, ref at) ?? "";
                    break;
                case "password":
                    password = NextWord(text, ref at) ?? "";
                    break;
                case "account":
                    _ = NextWord(text, ref at);
                    break;
                case "macdef":
                    // Commands for ftp, up to an empty line.
                    int end = text.IndexOf("\n\n", at, StringComparison.Ordinal);
                    at = end < 0 ? text.Length : end;
                    break;
            }
        }

        Close();
        return netrc;

        void Close()
        {
            if (!any)
            {
                return;
            }

            // The first entry of a host counts.
            if (machine is null)
            {
                netrc._default ??= new Login(user, password);
            }
            else
            {
                netrc._machines.TryAdd(machine, new Login(user, password));
            }
        }
    }

    /// <param name="host">Without port.</param>
    public Login? Find(string host) => _machines.GetValueOrDefault(host) ?? _default;

    /// <summary>The next word: up to white space, or in quotes, where a backslash stands before a character that counts as it is.</summary>
    private static string? NextWord(string text, ref int at, bool comments = false)
    {
        while (at < text.Length && (char.IsWhiteSpace(text[at]) || (comments && text[at] == '#')))
        {
            if (text[at] == '#')
            {
                int end = text.IndexOf('\n', at);
                at = end < 0 ? text.Length : end;
            }
            else
            {
                at++;
            }
        }

        if (at >= text.Length)
        {
            return null;
        }

        var word = new StringBuilder();
        bool quoted = text[at] == '"';
        for (at += quoted ? 1 : 0; at < text.Length; at++)
        {
            if (quoted ? text[at] == '"' : char.IsWhiteSpace(text[at]))
            {
                at++;
                break;
            }

            if (text[at] == '\\' && at + 1 < text.Length)
            {
                at++;
            }

            word.Append(text[at]);
        }

        return word.ToString();
    }
}
