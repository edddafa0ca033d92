using System.Globalization;
using Microsoft.Win32.SafeHandles;

namespace LayerBuild.Formats.Osv;

/// <summary>Records as files of their own: what a clone of an advisory database holds.</summary>
internal sealed class OsvFolder : OsvSource
{
    private readonly IReadOnlyList<string> _files;

    private OsvFolder(string path, IReadOnlyList<string> files)
    {
        Path = path;
        _files = files;
    }

    public override string Path { get; }

    /// <param name="path">Full path of the folder, or of a single record.</param>
    /// <param name="files">Full paths of the records, in an order that does not depend on the machine.</param>
    /// <exception cref="InvalidDataException">There are too many.</exception>
    public static OsvFolder Open(string path, IReadOnlyList<string> files, CancellationToken cancellation)
    {
        if (files.Count > MaxRecords)
        {
            throw new InvalidDataException(string.Create(CultureInfo.InvariantCulture, $"it holds more than {MaxRecords:N0} files"));
        }

        // A file's own time is that of the checkout, and says nothing of the record's age.
        OsvIndex index = Scan(files.Count, (int place, ref byte[] buffer) => ReadFile(files[place], ref buffer), place => System.IO.Path.GetFileName(files[place]), _ => null, cancellation);
        return new OsvFolder(path, files) { Index = index };
    }

    public override string NameOf(int place) => System.IO.Path.GetFileName(_files[place]);

    protected override ReadOnlyMemory<byte> Bytes(int place, ref byte[] buffer) => ReadFile(_files[place], ref buffer);

    private static ReadOnlyMemory<byte> ReadFile(string path, ref byte[] buffer)
    {
        try
        {
            using SafeFileHandle file = File.OpenHandle(path);
            long length = RandomAccess.GetLength(file);
            if (length > MaxRecordSize)
            {
                throw new InvalidDataException("it is too large for a record");
            }

            Grow(ref buffer, length);
            int done = 0;
            while (done < length && RandomAccess.Read(file, buffer.AsSpan(done, (int)length - done), done) is > 0 and int read)
            {
                done += read;
            }

            return buffer.AsMemory(0, done);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new InvalidDataException(e.Message, e);
        }
    }
}
