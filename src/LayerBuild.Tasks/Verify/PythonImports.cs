using System.Text;

namespace LayerBuild.Verify;

/// <summary>An import statement that runs whenever its module is imported.</summary>
/// <param name="Module">Dotted name; empty for <c>from . import x</c>.</param>
/// <param name="Level">Leading dots: 0 for an absolute import.</param>
/// <param name="Names">What <c>from</c> takes out of the module; empty for <c>import</c> and for <c>*</c>.</param>
/// <param name="Line">From 1.</param>
internal sealed record PythonImport(string Module, int Level, IReadOnlyList<string> Names, int Line);

/// <summary>
/// Finds the imports of a Python source that always run: statements of the module itself, not those in a block (<c>try</c>,
/// <c>if TYPE_CHECKING</c>, a function), which may never run or be meant to fail.
/// </summary>
internal sealed class PythonImports
{
    private readonly string _text;
    private int _position;
    private int _line = 1;

    private PythonImports(string text) => _text = text;

    /// <summary>
    /// Whether the source changes how modules are found, so that a name that is not there need not be missing.
    /// </summary>
    public static bool ChangesImports(string text) =>
        text.Contains("sys.path", StringComparison.Ordinal)
        || text.Contains("sys.modules", StringComparison.Ordinal)
        || text.Contains("meta_path", StringComparison.Ordinal)
        || text.Contains("path_hooks", StringComparison.Ordinal)
        || text.Contains("__path__", StringComparison.Ordinal)
        || text.Contains("addsitedir", StringComparison.Ordinal);

    public static IReadOnlyList<PythonImport> Parse(string text) => new PythonImports(text).Parse();

    private List<PythonImport> Parse()
    {
        var imports = new List<PythonImport>();
        if (_text.StartsWith('\ufeff'))
        {
            _position = 1;
        }

        while (_position < _text.Length)
        {
            int start = _position;
            while (_position < _text.Length && _text[_position] is ' ' or '\t' or '\f')
            {
                _position++;
            }

            bool indented = _position > start;
            int line = _line;
            string? wanted = !indented && (StartsWithWord("import") || StartsWithWord("from")) ? "" : null;
            string code = ReadLogicalLine(keep: wanted is not null);
            if (!indented && (IsExit(code) || (wanted is null && IsExit(_text.AsSpan(start, Math.Min(24, _text.Length - start))))))
            {
                break;
            }

            if (wanted is not null)
            {
                foreach (string statement in code.Split(';'))
                {
                    Add(imports, statement, line);
                }
            }
        }

        return imports;
    }

    /// <summary>Nothing behind a <c>raise</c> of the module itself is run.</summary>
    private static bool IsExit(ReadOnlySpan<char> code) =>
        code.StartsWith("raise ", StringComparison.Ordinal) || code.StartsWith("sys.exit(", StringComparison.Ordinal);

    private bool StartsWithWord(string word) =>
        string.CompareOrdinal(_text, _position, word, 0, word.Length) == 0
        && _position + word.Length < _text.Length
        && _text[_position + word.Length] is ' ' or '\t' or '.' or '(' or '\\';

    /// <summary>
    /// Goes behind the end of the statement that begins here, over strings, brackets and continued lines.
    /// </summary>
    /// <param name="keep">Whether to return its text, without comments and line ends.</param>
    private string ReadLogicalLine(bool keep)
    {
        StringBuilder? code = keep ? new StringBuilder() : null;
        int depth = 0;
        while (_position < _text.Length)
        {
            char c = _text[_position];
            switch (c)
            {
                case '\n':
                    _position++;
                    _line++;
                    if (depth == 0)
                    {
                        return code?.ToString() ?? "";
                    }

                    code?.Append(' ');
                    continue;
                case '#':
                    int end = _text.IndexOf('\n', _position);
                    _position = end < 0 ? _text.Length : end;
                    continue;
                case '\\' when _position + 1 < _text.Length && _text[_position + 1] is '\n' or '\r':
                    _position++;
                    _position += _text[_position] == '\r' && _position + 1 < _text.Length && _text[_position + 1] == '\n' ? 2 : 1;
                    _line++;
                    code?.Append(' ');
                    continue;
                case '\'' or '"':
                    SkipString(c);
                    code?.Append("''");
                    continue;
                case '(' or '[' or '{':
                    depth++;
                    break;
                case ')' or ']' or '}':
                    depth = Math.Max(depth - 1, 0);
                    break;
            }

            code?.Append(c);
            _position++;
        }

        return code?.ToString() ?? "";
    }

    private void SkipString(char quote)
    {
        bool triple = _position + 2 < _text.Length && _text[_position + 1] == quote && _text[_position + 2] == quote;
        _position += triple ? 3 : 1;
        while (_position < _text.Length)
        {
            char c = _text[_position];
            if (c == '\\')
            {
                if (_position + 1 < _text.Length && _text[_position + 1] == '\n')
                {
                    _line++;
                }

                _position += 2;
                continue;
            }

            if (c == '\n')
            {
                if (!triple)
                {
                    // Not closed: the line's end is seen by the caller.
                    return;
                }

                _line++;
            }

            if (c == quote
                && (!triple || (_position + 2 < _text.Length && _text[_position + 1] == quote && _text[_position + 2] == quote)))
            {
                _position += triple ? 3 : 1;
                return;
            }

            _position++;
        }
    }

    private static void Add(List<PythonImport> imports, string statement, int line)
    {
        string code = statement.Trim();
        if (code.StartsWith("import", StringComparison.Ordinal))
        {
            foreach (string part in code["import".Length..].Split(','))
            {
                if (part.Split([' ', '\t'], StringSplitOptions.RemoveEmptyEntries) is [var module, ..] && IsDotted(module))
                {
                    imports.Add(new PythonImport(module, 0, [], line));
                }
            }
        }
        else if (code.StartsWith("from", StringComparison.Ordinal))
        {
            int import = IndexOfImport(code);
            if (import < 0)
            {
                return;
            }

            string source = string.Concat(code["from".Length..import].Where(ch => !char.IsWhiteSpace(ch)));
            int level = source.TakeWhile(ch => ch == '.').Count();
            string module = source[level..];
            if (module.Length > 0 ? !IsDotted(module) : level == 0)
            {
                return;
            }

            string[] names =
            [
                .. code[(import + "import".Length)..].Split(',')
                    .Select(n => n.Trim(' ', '\t', '(', ')', '\r').Split([' ', '\t'], 2)[0])
                    .Where(n => n.Length > 0 && n != "*"),
            ];
            imports.Add(new PythonImport(module, level, names, line));
        }
    }

    /// <summary>The word <c>import</c> behind <c>from x</c>: <c>from .import x</c> is right, too.</summary>
    private static int IndexOfImport(string code)
    {
        int at = code.IndexOf("import", "from".Length, StringComparison.Ordinal);
        while (at > 0 && !(code[at - 1] is ' ' or '\t' or '.' && at + 6 < code.Length && code[at + 6] is ' ' or '\t' or '(' or '*'))
        {
            at = code.IndexOf("import", at + 1, StringComparison.Ordinal);
        }

        return at;
    }

    private static bool IsDotted(string name) =>
        name.Split('.').All(part => part.Length > 0 && (char.IsLetter(part[0]) || part[0] == '_') && part.All(c => char.IsLetterOrDigit(c) || c == '_'));
}
