using System.Buffers;
using System.Text;

namespace LayerBuild.Formats.Python;

/// <summary>An import statement that runs whenever its module is imported.</summary>
/// <param name="Module">Dotted name; empty for <c>from . import x</c>.</param>
/// <param name="Level">Leading dots: 0 for an absolute import.</param>
/// <param name="Names">What <c>from</c> takes out of the module; empty for <c>import</c> and for <c>*</c>.</param>
/// <param name="Line">From 1.</param>
internal sealed record PythonImport(string Module, int Level, IReadOnlyList<string> Names, int Line);

/// <summary>
/// Finds the imports of a Python source that always run: statements of the module itself, not those in a block (<c>try</c>,
/// <c>if TYPE_CHECKING</c>, a function), which may never run or be meant to fail. Most of a source comes after its last
/// import and is not parsed.
/// </summary>
internal ref struct PythonImports
{
    /// <summary>Where a statement may end, or what may hide its end.</summary>
    private static readonly SearchValues<byte> Marks = SearchValues.Create("\n#\\'\"()[]{}"u8);

    private readonly ReadOnlySpan<byte> _text;
    private int _position;
    private int _line;

    private PythonImports(ReadOnlySpan<byte> text)
    {
        _text = text;
        _line = 1;
    }

    /// <summary>
    /// Whether the source changes how modules are found, so that a name that is not there need not be missing.
    /// </summary>
    public static bool ChangesImports(ReadOnlySpan<byte> source) =>
        source.IndexOf("sys.path"u8) >= 0
        || source.IndexOf("sys.modules"u8) >= 0
        || source.IndexOf("meta_path"u8) >= 0
        || source.IndexOf("path_hooks"u8) >= 0
        || source.IndexOf("__path__"u8) >= 0
        || source.IndexOf("addsitedir"u8) >= 0;

    /// <param name="source">UTF-8, as Python reads it.</param>
    public static IReadOnlyList<PythonImport> Parse(ReadOnlySpan<byte> source)
    {
        if (source.StartsWith("\ufeff"u8))
        {
            source = source[3..];
        }

        if (!source.Contains((byte)'\r'))
        {
            return ParseLines(source);
        }

        byte[] rented = ArrayPool<byte>.Shared.Rent(source.Length);
        try
        {
            return ParseLines(rented.AsSpan(0, WithPlainLineEnds(source, rented)));
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(rented);
        }
    }

    private static int WithPlainLineEnds(ReadOnlySpan<byte> source, Span<byte> plain)
    {
        int length = 0;
        for (int i = 0; i < source.Length; i++)
        {
            if (source[i] != '\r')
            {
                plain[length++] = source[i];
            }
            else if (i + 1 == source.Length || source[i + 1] != '\n')
            {
                plain[length++] = (byte)'\n';
            }
        }

        return length;
    }

    private static List<PythonImport> ParseLines(ReadOnlySpan<byte> text)
    {
        int last = Math.Max(text.LastIndexOf("\nimport"u8), text.LastIndexOf("\nfrom"u8)) + 1;
        return last > 0 || IsWord(text, "import"u8) || IsWord(text, "from"u8) ? new PythonImports(text).Parse(last) : [];
    }

    /// <param name="last">Where the last line begins that may be an import.</param>
    private List<PythonImport> Parse(int last)
    {
        var imports = new List<PythonImport>();
        while (_position <= last && _position < _text.Length)
        {
            ReadOnlySpan<byte> rest = _text[_position..];
            if (rest.StartsWith("raise "u8) || rest.StartsWith("sys.exit("u8))
            {
                // Nothing behind it is run.
                break;
            }

            bool wanted = IsWord(rest, "import"u8) || IsWord(rest, "from"u8);
            int line = _line;
            SkipLogicalLine();
            if (wanted)
            {
                new ImportStatements(rest[..(_position - (_text.Length - rest.Length))], line).AddTo(imports);
            }
        }

        return imports;
    }

    private static bool IsWord(ReadOnlySpan<byte> text, ReadOnlySpan<byte> word) =>
        text.StartsWith(word) && text.Length > word.Length && text[word.Length] is (byte)' ' or (byte)'\t' or (byte)'.' or (byte)'(' or (byte)'\\';

    /// <summary>Goes behind the end of the statement that begins here, over strings, brackets and continued lines.</summary>
    private void SkipLogicalLine()
    {
        int depth = 0;
        while (true)
        {
            int mark = _text[_position..].IndexOfAny(Marks);
            if (mark < 0)
            {
                _position = _text.Length;
                return;
            }

            _position += mark;
            byte c = _text[_position];
            switch (c)
            {
                case (byte)'\n':
                    _position++;
                    _line++;
                    if (depth == 0)
                    {
                        return;
                    }

                    break;
                case (byte)'#':
                    int end = _text[_position..].IndexOf((byte)'\n');
                    _position = end < 0 ? _text.Length : _position + end;
                    break;
                case (byte)'\\':
                    _position++;
                    if (_position < _text.Length && _text[_position] == '\n')
                    {
                        _position++;
                        _line++;
                    }

                    break;
                case (byte)'\'' or (byte)'"':
                    int start = _position;
                    _position += StringLength(_text[_position..]);
                    _line += _text[start.._position].Count((byte)'\n');
                    break;
                default:
                    depth = c is (byte)'(' or (byte)'[' or (byte)'{' ? depth + 1 : Math.Max(depth - 1, 0);
                    _position++;
                    break;
            }
        }
    }

    /// <summary>Bytes of the string literal that a text begins with, quotes and all; one that is not closed ends with its line.</summary>
    internal static int StringLength(ReadOnlySpan<byte> text)
    {
        byte quote = text[0];
        bool triple = text.Length > 2 && text[1] == quote && text[2] == quote;
        int at = triple ? 3 : 1;
        while (at < text.Length)
        {
            int found = triple ? text[at..].IndexOfAny(quote, (byte)'\\') : text[at..].IndexOfAny(quote, (byte)'\\', (byte)'\n');
            if (found < 0)
            {
                break;
            }

            at += found;
            byte c = text[at];
            if (c == '\n')
            {
                // The line's end is the caller's to see.
                return at;
            }

            if (c == '\\')
            {
                at += 2;
            }
            else if (!triple)
            {
                return at + 1;
            }
            else if (text.Length > at + 2 && text[at + 1] == quote && text[at + 2] == quote)
            {
                return at + 3;
            }
            else
            {
                at++;
            }
        }

        return text.Length;
    }

    /// <summary>The statements of one logical line that begins with an import.</summary>
    private ref struct ImportStatements(ReadOnlySpan<byte> text, int line)
    {
        private readonly ReadOnlySpan<byte> _text = text;
        private int _next;
        private int _start;
        private int _end;

        /// <summary>The token that was read last: a name, or one character; empty at the end.</summary>
        private readonly ReadOnlySpan<byte> Token => _text[_start.._end];

        public void AddTo(List<PythonImport> imports)
        {
            while (Read())
            {
                if (Token.SequenceEqual("import"u8))
                {
                    AddModules(imports);
                }
                else if (Token.SequenceEqual("from"u8))
                {
                    AddFrom(imports);
                }

                while (!Is(';') && Read())
                {
                }
            }
        }

        /// <summary><c>a.b as c, d</c>.</summary>
        private void AddModules(List<PythonImport> imports)
        {
            do
            {
                Read();
                string module = ReadDotted();
                if (module.Length == 0)
                {
                    return;
                }

                SkipAlias();
                if (!(Is(',') || Is(';') || Token.IsEmpty))
                {
                    return;
                }

                imports.Add(new PythonImport(module, 0, [], line));
            }
            while (Is(','));
        }

        /// <summary><c>.a import b as c, d</c>, <c>a import (b, c)</c>, <c>a import *</c>.</summary>
        private void AddFrom(List<PythonImport> imports)
        {
            int level = 0;
            while (Read() && Is('.'))
            {
                level++;
            }

            string module = Token.SequenceEqual("import"u8) ? "" : ReadDotted();
            if ((module.Length == 0 && level == 0) || !Token.SequenceEqual("import"u8))
            {
                return;
            }

            var names = new List<string>();
            do
            {
                Read();
                if (Is('('))
                {
                    Read();
                }

                if (IsName)
                {
                    names.Add(Encoding.UTF8.GetString(Token));
                    Read();
                    SkipAlias();
                }
            }
            while (Is(','));
            imports.Add(new PythonImport(module, level, [.. names], line));
        }

        /// <summary>From the token that was read to the first that does not belong to the name.</summary>
        private string ReadDotted()
        {
            string name = "";
            while (IsName)
            {
                string part = Encoding.UTF8.GetString(Token);
                name = name.Length == 0 ? part : $"{name}.{part}";
                if (!Read() || !Is('.') || !Read())
                {
                    break;
                }
            }

            return name;
        }

        private void SkipAlias()
        {
            if (Token.SequenceEqual("as"u8))
            {
                Read();
                Read();
            }
        }

        private readonly bool Is(char c) => _end - _start == 1 && _text[_start] == c;

        private readonly bool IsName => _end > _start && IsNamePart(_text[_start]) && !char.IsAsciiDigit((char)_text[_start]);

        private static bool IsNamePart(byte c) => char.IsAsciiLetterOrDigit((char)c) || c is (byte)'_' or >= 0x80;

        /// <returns>False at the end.</returns>
        private bool Read()
        {
            while (_next < _text.Length && _text[_next] is (byte)' ' or (byte)'\t' or (byte)'\n' or (byte)'\f' or (byte)'\\' or (byte)'#')
            {
                int end = _text[_next] == '#' ? _text[_next..].IndexOf((byte)'\n') : 0;
                _next = end < 0 ? _text.Length : _next + end + 1;
            }

            _start = _next;
            if (_next < _text.Length)
            {
                if (_text[_next] is (byte)'\'' or (byte)'"')
                {
                    _next += StringLength(_text[_next..]);
                }
                else
                {
                    do
                    {
                        _next++;
                    }
                    while (_next < _text.Length && IsNamePart(_text[_start]) && IsNamePart(_text[_next]));
                }
            }

            _end = _next;
            return _end > _start;
        }
    }
}
