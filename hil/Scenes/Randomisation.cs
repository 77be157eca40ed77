using System.CommandLine;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text.Json;
using Edge.Robots;

namespace Edge.Hil.Scenes;

/// <summary>
/// How far scenes differ beside what stands in them: <c>tasks/randomisation.json</c> beside the program, or another file of that form. A pair of numbers is a range
/// that is drawn from evenly; a range without width is a constant.
/// </summary>
/// <remarks>
/// Figures were measured on the scenes that the rig's own file draws. What that file holds constant is drawn by generators of its own, so that the others go on
/// drawing the same.
/// </remarks>
internal sealed class Randomisation
{
    /// <summary>A length in space has this many times the length along each of its axes, where those are equal.</summary>
    private const double Diagonal = 1.7320508;

    /// <summary>By so much stronger than in any training are the squares of the table in the test split: a texture like that of tiles.</summary>
    private const double UnseenContrast = 0.06;

    private static Randomisation? present;

    private readonly Interval _keyBrightness, _ambientBrightness, _keySlopeX, _keySlopeY, _lessGreen, _lessBlue, _delayFrames;
    private readonly Interval _brighter, _warmer, _squaresContrast, _squaresSideM, _red, _green, _blue, _slidingFriction, _densityKgM3;
    private readonly double _shiftM, _turnDeg, _paintOff, _startRad;
    private readonly Rgb _table;

    private Randomisation(FieldReader file, List<RobotFileError> errors)
    {
        _keyBrightness = Range("keyLightBrightness", 0, 1, "The light that casts shadows, 1: white.");
        _keySlopeX = Range("keyLightSlopeX", -3, 3, "Metres along x that the key light goes for each metre down.");
        _keySlopeY = Range("keyLightSlopeY", -3, 3, "Metres along y that the key light goes for each metre down.");
        _ambientBrightness = Range("ambientLightBrightness", 0, 1, "The light from everywhere.");
        _lessGreen = Range("lightLessGreen", 0, 1, "Share that the light's green lacks.");
        _lessBlue = Range("lightLessBlue", 0, 1, "Share that the light's blue lacks.");
        _shiftM = file.Number("cameraShiftM", 0, 0.2, "Largest distance of the camera from its calibrated position.");
        _turnDeg = file.Number("cameraTurnDeg", 0, 20, "Largest turn of the camera against the calibrated one.");
        _delayFrames = Range("cameraDelayFrames", 0, 20, "Each picture is so many pictures late, both ends included; in lockstep only.");
        _table = Colour("tableColourRgb", "The colour that varies.");
        _brighter = Range("tableBrighter", -0.5, 0.5, "Added to red, green and blue.");
        _warmer = Range("tableWarmer", -0.5, 0.5, "Added to red, taken from blue.");
        _squaresContrast = Range("tableSquaresContrast", 0, 1, "By this share every other square of the table is darker; 0: the table is plain.");
        _squaresSideM = Range("tableSquaresSideM", 0.005, 0.5, "Side of those squares.");
        _red = Range("floorRed", 0, 1, "Colour of the floor.");
        _green = Range("floorGreen", 0, 1, "Colour of the floor.");
        _blue = Range("floorBlue", 0, 1, "Colour of the floor.");
        _paintOff = file.Number("paintOff", 0, 0.5, "Most by which red, green and blue of a thing are off its paint.");
        _slidingFriction = Range("slidingFriction", 0.05, 2, "Coefficient between things, table and arm; the cup's rubber keeps its own.");
        _densityKgM3 = Range("densityKgM3", 50, 1000, "Of all objects of a scene.");
        _startRad = file.Number("armStartRad", 0, 0.1, "Most by which a joint starts off home.");

        Interval Range(string name, double min, double max, string description)
        {
            var ends = file.Numbers(name, 2, 2, min, max, description);
            if (ends[0] > ends[1])
                errors.Add(new(name, string.Create(CultureInfo.InvariantCulture, $"[{ends[0]}, {ends[1]}]"), "the lower number first"));
            return new(ends[0], ends[1]);
        }

        Rgb Colour(string name, string description)
        {
            var parts = file.Numbers(name, 3, 3, 0, 1, description);
            return new(parts[0], parts[1], parts[2]);
        }
    }

    /// <summary>The one in use; set to null, and from the start, the rig's own.</summary>
    [AllowNull]
    public static Randomisation Present
    {
        get => present ??= Load(Path.Combine(AppContext.BaseDirectory, "tasks", "randomisation.json"));
        set => present = value;
    }

    /// <summary>The option of a command line that names another file.</summary>
    public static Option<Randomisation?> CreateOption() => new("--randomisation")
    {
        Description = "File of the ranges of light, camera, colours, friction and mass instead of the rig's own (tasks/randomisation.json)",
        HelpName = "file",
        CustomParser = argument =>
        {
            try
            {
                return Load(argument.Tokens[0].Value);
            }
            catch (Exception e) when (e is InvalidDataException or IOException or UnauthorizedAccessException)
            {
                argument.AddError(e.Message);
                return null;
            }
        },
    };

    /// <summary>Reads a file.</summary>
    /// <exception cref="InvalidDataException">It is not of that form; the message names each wrong field, what was found and what is allowed.</exception>
    public static Randomisation Load(string path) => Parse(File.ReadAllText(path), path);

    /// <summary>Reads a text; <paramref name="name"/> is what messages call it.</summary>
    /// <exception cref="InvalidDataException">See <see cref="Load"/>.</exception>
    public static Randomisation Parse(string json, string name)
    {
        var errors = new List<RobotFileError>();
        try
        {
            using var document = JsonDocument.Parse(json);
            var read = JsonFieldReader.Read(document.RootElement, errors, file => new Randomisation(file, errors));
            return errors.Count == 0 ? read : throw new InvalidDataException($"{name}: {string.Join($"\n{name}: ", errors)}");
        }
        catch (JsonException e)
        {
            throw new InvalidDataException($"{name}: found what is no JSON ({e.Message}); allowed: an object of ranges", e);
        }
    }

    /// <summary>Draws light, tints and the camera's misplacement; in the test split the table has squares stronger than any in training.</summary>
    public SceneLook DrawLook(SceneRandom random)
    {
        var brighter = _brighter.Draw(random);
        var warmer = _warmer.Draw(random);
        var squares = random.Apart("squares");
        return new SceneLook
        {
            KeyDirection = [_keySlopeX.Draw(random), _keySlopeY.Draw(random), -1],
            Key = _keyBrightness.Draw(random),
            Ambient = _ambientBrightness.Draw(random),
            Tint = new Rgb(1, 1 - _lessGreen.Draw(random), 1 - _lessBlue.Draw(random)),
            Table = new Rgb(_table.R + brighter + warmer, _table.G + brighter, _table.B + brighter - warmer),
            TableContrast = random.Split == DataSplit.Train ? _squaresContrast.Draw(squares) : Math.Min(1, _squaresContrast.High + UnseenContrast),
            TableSquareM = _squaresSideM.Draw(squares),
            Floor = new Rgb(_red.Draw(random), _green.Draw(random), _blue.Draw(random)),
            CameraShiftM = Spread3(random, _shiftM / Diagonal),
            CameraTurnRad = Spread3(random, _turnDeg * Math.PI / 180 / Diagonal),
        };
    }

    /// <summary>Draws the arm's start: how far each joint is from home, rad.</summary>
    public double[] DrawArmOffset(SceneRandom random)
    {
        var offset = new double[6];
        for (var i = 0; i < offset.Length; i++)
            offset[i] = Spread(random, _startRad);
        return offset;
    }

    /// <summary>Draws the shade of a thing of some paint; in the test split further off than any in training.</summary>
    public Rgb DrawShade(SceneRandom random, Rgb paint) => new(Shade(random, paint.R), Shade(random, paint.G), Shade(random, paint.B));

    /// <summary>Draws what is felt of a scene and not seen in it: friction, mass, and how late its pictures come. Takes nothing from the generator itself.</summary>
    public Scene DrawPhysics(SceneRandom random, Scene scene)
    {
        var apart = random.Apart("physics");
        return scene with
        {
            SlidingFriction = _slidingFriction.Draw(apart),
            DensityKgM3 = _densityKgM3.Draw(apart),
            PictureDelayFrames = apart.Between((int)_delayFrames.Low, (int)_delayFrames.High),
        };
    }

    private double Shade(SceneRandom random, double value)
    {
        var off = Spread(random, _paintOff);
        return Math.Clamp(value + (random.Split == DataSplit.Train ? off : off + (Math.Sign(off) * _paintOff)), 0, 1);
    }

    private static double Spread(SceneRandom random, double most) => random.Range(-most, most);

    private static double[] Spread3(SceneRandom random, double most) => [Spread(random, most), Spread(random, most), Spread(random, most)];

    /// <summary>A range with even chances.</summary>
    private readonly record struct Interval(double Low, double High)
    {
        public double Draw(SceneRandom random) => random.Range(Low, High);
    }
}
