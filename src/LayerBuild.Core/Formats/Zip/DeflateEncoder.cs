using ICSharpCode.SharpZipLib.Zip.Compression;

namespace LayerBuild.Formats.Zip;

/// <summary>
/// The one deflate encoder of all layers. Managed and pinned: what System.IO.Compression writes depends on the zlib
/// underneath, and so on the platform, the CPU and the version of .NET. Content is cut into pieces of
/// <see cref="PieceSize"/> that are deflated by themselves, each with the window before it as dictionary, so that the
/// bytes of a large file are the same on one core and on many.
/// </summary>
internal sealed class DeflateEncoder
{
    /// <summary>Inflated bytes of a piece.</summary>
    public const int PieceSize = 1 << 20;

    /// <summary>Content of fewer inflated bytes is stored: hardly any of it would become smaller.</summary>
    public const int SmallestSize = 32;

    /// <summary>Bytes before a piece that it may refer to.</summary>
    public const int WindowSize = 1 << 15;

    /// <summary>Zlib's header of a stream without and with a dictionary, and its trailer: not part of a zip's data.</summary>
    private const int HeaderSize = 2;
    private const int DictionaryHeaderSize = 6;
    private const int TrailerSize = 4;

    private readonly int _level;
    private readonly Deflater _deflater;

    /// <param name="level">1 to 9.</param>
    public DeflateEncoder(int level)
    {
        _level = level;
        _deflater = new Deflater(level, noZlibHeaderOrFooter: false);
    }

    /// <summary>Most bytes that a piece can become, with everything that is cut off again.</summary>
    public static int MaxSize(int size) => size + (size >> 8) + 256;

    /// <summary>Deflates one piece.</summary>
    /// <param name="buffer">Holds the window, then the piece.</param>
    /// <param name="start">Where the piece begins: as many bytes before it as there are, at most the window.</param>
    /// <param name="output">At least <see cref="MaxSize"/> bytes.</param>
    /// <param name="skip">First byte of <paramref name="output"/> that counts.</param>
    /// <returns>Bytes from <paramref name="skip"/> on.</returns>
    public int Encode(byte[] buffer, int start, int length, bool last, byte[] output, out int skip)
    {
        _deflater.Reset();
        int window = Math.Min(start, WindowSize);
        if (window > 0)
        {
            _deflater.SetDictionary(buffer, start - window, window);
        }

        _deflater.SetInput(buffer, start, length);
        int written = 0;
        if (last)
        {
            _deflater.Finish();
            Drain(output, ref written);
        }
        else
        {
            // A flush ends within a byte; an empty stored block after it ends at a byte, where the next piece can begin.
            _deflater.Flush();
            Drain(output, ref written);
            _deflater.SetLevel(Deflater.NO_COMPRESSION);
            _deflater.Flush();
            Drain(output, ref written);
            _deflater.SetLevel(_level);
        }

        skip = window > 0 ? DictionaryHeaderSize : HeaderSize;
        return written - skip - (last ? TrailerSize : 0);
    }

    private void Drain(byte[] output, ref int written)
    {
        while (!_deflater.IsFinished)
        {
            int count = _deflater.Deflate(output, written, output.Length - written);
            if (count == 0)
            {
                return;
            }

            written += count;
            if (written == output.Length)
            {
                throw new InvalidOperationException("MaxSize is too small.");
            }
        }
    }
}
