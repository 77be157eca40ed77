using System.Buffers;
using System.Globalization;
using System.Text;
using Edge.Inference;

namespace Edge.Planner;

/// <summary>
/// Byte-level BPE as Hugging Face's <c>tokenizer.json</c> describes it (GPT-2 family, with or without single digits): text to ids and back.
/// Encoding reuses its buffers: not thread-safe.
/// </summary>
public sealed class Tokenizer
{
    private const long MaxFileBytes = 64 << 20;
    private const int MaxVocabulary = 1 << 20;

    private static readonly string[] Contractions = ["'s", "'t", "'re", "'ve", "'m", "'ll", "'d"];

    private readonly byte[][] _bytes; // by id; null-like (empty) for ids that no token has
    private readonly bool[] _special;
    private readonly Dictionary<string, int> _added = new(StringComparer.Ordinal);
    private readonly string[] _addedLongestFirst;
    private readonly int[] _idOfByte = new int[256];
    private readonly Dictionary<(int Left, int Right), (int Rank, int Id)> _merges = [];
    private readonly bool _singleDigits;
    private readonly List<Rune> _runes = [];
    private readonly List<Symbol> _symbols = [];

    private Tokenizer(JsonField root)
    {
        Require(root, "normalizer", null);
        Require(root, "post_processor", "ByteLevel");
        Require(root, "decoder", "ByteLevel");
        _singleDigits = ReadPreTokenizer(root);

        var model = root["model"];
        model["type"].AsChoice("BPE");
        RequireOff(model, "dropout", "byte_fallback", "ignore_merges", "continuing_subword_prefix", "end_of_word_suffix");
        var vocabulary = model["vocab"].Properties(MaxVocabulary).ToDictionary(p => p.Key, p => p.Value.AsInt(0, MaxVocabulary - 1), StringComparer.Ordinal);
        var addedFields = root.TryGet("added_tokens", out var addedTokens) ? addedTokens.Items(MaxVocabulary) : [];
        var added = addedFields.Select(ReadAdded).ToArray();
        var size = Math.Max(vocabulary.Values.DefaultIfEmpty(-1).Max(), added.Select(a => a.Id).DefaultIfEmpty(-1).Max()) + 1;
        _bytes = new byte[size][];
        Array.Fill(_bytes, []);
        _special = new bool[size];
        var byteOf = ByteCharacters();
        foreach (var (token, id) in vocabulary)
            _bytes[id] = BytesOf(token, byteOf);
        foreach (var (content, id, special) in added)
        {
            _added[content] = id;
            _bytes[id] = Encoding.UTF8.GetBytes(content);
            _special[id] = special;
        }

        _addedLongestFirst = [.. _added.Keys.OrderByDescending(k => k.Length).ThenBy(k => k, StringComparer.Ordinal)];
        foreach (var (character, value) in byteOf)
            _idOfByte[value] = vocabulary.GetValueOrDefault(character.ToString(), -1);
        ReadMerges(model["merges"], vocabulary);
    }

    /// <summary>One more than the highest id.</summary>
    public int Count => _bytes.Length;

    /// <summary>Reads a tokenizer.json.</summary>
    /// <exception cref="ModelException">The file is broken, or asks for something other than byte-level BPE.</exception>
    public static Tokenizer Load(string path) => new(JsonField.ReadFile(path, MaxFileBytes));

    /// <summary>The id of an added token such as <c>&lt;image&gt;</c>.</summary>
    public bool TryGetAdded(string content, out int id) => _added.TryGetValue(content, out id);

    /// <summary>True for tokens that stand for no text.</summary>
    public bool IsSpecial(int id) => _special[id];

    /// <summary>The bytes of a token's text; empty when the id is unused.</summary>
    public ReadOnlySpan<byte> BytesOf(int id) => _bytes[id];

    /// <summary>Appends the ids of a text. No token is added by itself.</summary>
    /// <param name="text">Any text; lone surrogates become U+FFFD.</param>
    /// <param name="ids">Receives the ids.</param>
    /// <param name="findAdded">Take literals such as <c>&lt;image&gt;</c> as the added tokens that they spell; false for text from outside, in which they are just letters.</param>
    public void Encode(ReadOnlySpan<char> text, List<int> ids, bool findAdded = true)
    {
        ArgumentNullException.ThrowIfNull(ids);
        var start = 0;
        for (var i = 0; findAdded && i < text.Length;)
        {
            var token = AddedAt(text[i..]);
            if (token is null)
            {
                i++;
                continue;
            }

            EncodeText(text[start..i], ids);
            ids.Add(_added[token]);
            i += token.Length;
            start = i;
        }

        EncodeText(text[start..], ids);
    }

    /// <summary>The text of some ids; incomplete UTF-8 becomes U+FFFD, special tokens are left out if asked for.</summary>
    public string Decode(IEnumerable<int> ids, bool skipSpecial = true)
    {
        ArgumentNullException.ThrowIfNull(ids);
        var bytes = new ArrayBufferWriter<byte>();
        foreach (var id in ids)
        {
            if (!(skipSpecial && IsSpecial(id)))
                bytes.Write(BytesOf(id));
        }

        return Encoding.UTF8.GetString(bytes.WrittenSpan);
    }

    /// <summary>The printable characters that stand for the 256 bytes: themselves where printable, else U+0100 and up in ascending order.</summary>
    private static Dictionary<char, byte> ByteCharacters()
    {
        var table = new Dictionary<char, byte>();
        var other = 256;
        for (var value = 0; value < 256; value++)
        {
            var printable = value is (>= 33 and <= 126) or (>= 161 and <= 172) or >= 174;
            table.Add((char)(printable ? value : other++), (byte)value);
        }

        return table;
    }

    private static byte[] BytesOf(string token, Dictionary<char, byte> byteOf) =>
        token.All(byteOf.ContainsKey) ? [.. token.Select(c => byteOf[c])] : Encoding.UTF8.GetBytes(token);

    private static (string Content, int Id, bool Special) ReadAdded(JsonField field)
    {
        RequireOff(field, "lstrip", "rstrip", "single_word");
        return (field["content"].AsString(1024), field["id"].AsInt(0, MaxVocabulary - 1), field.TryGet("special", out var special) && special.AsBool());
    }

    /// <summary>True when digits stand alone.</summary>
    private static bool ReadPreTokenizer(JsonField root)
    {
        var field = root["pre_tokenizer"];
        var steps = field["type"].AsChoice("ByteLevel", "Sequence") == "Sequence" ? field["pretokenizers"].Items(2) : [field];
        if (steps.Length == 0)
            throw field["pretokenizers"].Wrong("Digits and ByteLevel");
        var last = steps[^1];
        last["type"].AsChoice("ByteLevel");
        RequireOff(last, "add_prefix_space");
        if (last.TryGet("use_regex", out var regex) && !regex.AsBool())
            throw regex.Wrong("true");
        if (steps.Length == 1)
            return false;
        steps[0]["type"].AsChoice("Digits");
        return steps[0].TryGet("individual_digits", out var individual) && individual.AsBool() ? true : throw steps[0].Wrong("individual_digits: true");
    }

    private static void Require(JsonField root, string name, string? type)
    {
        if (!root.TryGet(name, out var field))
            return;
        if (type is null)
            throw field.Wrong("null");
        field["type"].AsChoice(type);
    }

    private static void RequireOff(JsonField parent, params ReadOnlySpan<string> names)
    {
        foreach (var name in names)
        {
            if (!parent.TryGet(name, out var field))
                continue;
            var off = field.Element.ValueKind switch
            {
                System.Text.Json.JsonValueKind.False => true,
                System.Text.Json.JsonValueKind.String => field.AsString(allowEmpty: true).Length == 0,
                System.Text.Json.JsonValueKind.Number => field.AsDouble(double.MinValue, double.MaxValue) == 0,
                _ => false,
            };
            if (!off)
                throw field.Wrong("nothing (null, false, 0 or an empty string)");
        }
    }

    private void ReadMerges(JsonField merges, Dictionary<string, int> vocabulary)
    {
        var rank = 0;
        foreach (var merge in merges.Items(MaxVocabulary))
        {
            // Old files hold "a b", newer ones ["a", "b"].
            string left, right;
            if (merge.Element.ValueKind == System.Text.Json.JsonValueKind.Array)
            {
                var pair = merge.Items(2);
                if (pair.Length != 2)
                    throw merge.Wrong("two tokens");
                (left, right) = (pair[0].AsString(1024), pair[1].AsString(1024));
            }
            else
            {
                var text = merge.AsString(2049);
                var space = text.IndexOf(' ', StringComparison.Ordinal);
                if (space <= 0 || space != text.LastIndexOf(' ') || space == text.Length - 1)
                    throw merge.Wrong("two tokens with a space between");
                (left, right) = (text[..space], text[(space + 1)..]);
            }

            if (!vocabulary.TryGetValue(left, out var leftId) || !vocabulary.TryGetValue(right, out var rightId) || !vocabulary.TryGetValue(left + right, out var id))
                throw merge.Wrong("tokens that stand, as their union does, in model.vocab");
            _merges.TryAdd((leftId, rightId), (rank++, id));
        }
    }

    private string? AddedAt(ReadOnlySpan<char> text)
    {
        foreach (var token in _addedLongestFirst)
        {
            if (text.StartsWith(token, StringComparison.Ordinal))
                return token;
        }

        return null;
    }

    private void EncodeText(ReadOnlySpan<char> text, List<int> ids)
    {
        _runes.Clear();
        foreach (var rune in text.EnumerateRunes())
            _runes.Add(rune);

        // Digits first: each number character is a piece of its own and ends the piece before it.
        var start = 0;
        for (var i = 0; _singleDigits && i < _runes.Count; i++)
        {
            if (KindOf(_runes[i]) != RuneKind.Number)
                continue;
            SplitWords(start, i, ids);
            EncodePiece(i, i + 1, ids);
            start = i + 1;
        }

        SplitWords(start, _runes.Count, ids);
    }

    /// <summary>
    /// GPT-2's pattern, written out because .NET's classes see surrogates instead of letters:
    /// <c>'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+</c>.
    /// </summary>
    private void SplitWords(int start, int end, List<int> ids)
    {
        while (start < end)
        {
            var next = EndOfContraction(start, end);
            if (next == start)
            {
                var first = _runes[start].Value == ' ' && start + 1 < end && KindOf(_runes[start + 1]) != RuneKind.Space ? start + 1 : start;
                var kind = KindOf(_runes[first]);
                next = first + 1;
                while (next < end && KindOf(_runes[next]) == kind)
                    next++;

                // White space before a word leaves its last character to the word (or to itself).
                if (kind == RuneKind.Space && next < end && next - start > 1)
                    next--;
            }

            EncodePiece(start, next, ids);
            start = next;
        }
    }

    private int EndOfContraction(int start, int end)
    {
        foreach (var contraction in Contractions)
        {
            var length = 0;
            while (length < contraction.Length && start + length < end && _runes[start + length].Value == contraction[length])
                length++;
            if (length == contraction.Length)
                return start + length;
        }

        return start;
    }

    /// <summary>BPE: merge the neighbours of lowest rank, the leftmost first, until none can be merged.</summary>
    private void EncodePiece(int start, int end, List<int> ids)
    {
        _symbols.Clear();
        Span<byte> utf8 = stackalloc byte[4];
        for (var i = start; i < end; i++)
        {
            var length = _runes[i].EncodeToUtf8(utf8);
            foreach (var value in utf8[..length])
            {
                if (_idOfByte[value] >= 0) // a byte without a token is dropped, as there is no unknown token
                    _symbols.Add(new Symbol(_idOfByte[value], int.MaxValue, -1));
            }
        }

        for (var i = 0; i + 1 < _symbols.Count; i++)
            Rank(i);
        while (true)
        {
            var best = -1;
            for (var i = 0; i + 1 < _symbols.Count; i++)
            {
                if (_symbols[i].Rank < (best < 0 ? int.MaxValue : _symbols[best].Rank))
                    best = i;
            }

            if (best < 0)
                break;
            _symbols[best] = _symbols[best] with { Id = _symbols[best].MergedId };
            _symbols.RemoveAt(best + 1);
            Rank(best);
            if (best > 0)
                Rank(best - 1);
        }

        foreach (var symbol in _symbols)
            ids.Add(symbol.Id);
    }

    /// <summary>Notes what merging a symbol with the next one would cost and give.</summary>
    private void Rank(int i)
    {
        var symbol = _symbols[i];
        _symbols[i] = i + 1 < _symbols.Count && _merges.TryGetValue((symbol.Id, _symbols[i + 1].Id), out var merge)
            ? new Symbol(symbol.Id, merge.Rank, merge.Id)
            : new Symbol(symbol.Id, int.MaxValue, -1);
    }

    private static RuneKind KindOf(Rune rune) => Rune.GetUnicodeCategory(rune) switch
    {
        UnicodeCategory.UppercaseLetter or UnicodeCategory.LowercaseLetter or UnicodeCategory.TitlecaseLetter or UnicodeCategory.ModifierLetter
            or UnicodeCategory.OtherLetter => RuneKind.Letter,
        UnicodeCategory.DecimalDigitNumber or UnicodeCategory.LetterNumber or UnicodeCategory.OtherNumber => RuneKind.Number,
        _ => Rune.IsWhiteSpace(rune) ? RuneKind.Space : RuneKind.Other,
    };

    private enum RuneKind
    {
        Letter,
        Number,
        Space,
        Other,
    }

    private readonly record struct Symbol(int Id, int Rank, int MergedId);
}
