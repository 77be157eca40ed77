using Edge.Cameras;
using Edge.Control;
using Edge.Robots;

namespace Edge.Tests.Policy;

/// <summary>Draws the kinematic world: each thing as a stack of filled slices from its foot to its top, farthest first.</summary>
internal sealed class KinematicCamera(CameraDescription description)
{
    private const double SliceM = 0.01;
    private const double CupRadiusM = 0.015;
    private const double CupLengthM = 0.12;
    private const int TableColour = 0x8C8070;
    private const int CupColour = 0x202020;
    private readonly CameraModel _model = new(description);

    public void Render(IReadOnlyList<KinematicRunner.Body> bodies, int held, in ToolPose tool, CameraFrame frame)
    {
        var pixels = frame.Bgr;
        for (var i = 0; i < pixels.Length; i += 3)
            Set(pixels, i, TableColour, 1);
        foreach (var body in bodies.Where(body => !body.IsObject).Concat(bodies.Where(body => body.IsObject).OrderBy(body => body.X)))
            Draw(frame, body.X, body.Y, body.Z, body.HeightM, body.HalfSizeM, body.IsDisc, body.Colour);
        Draw(frame, tool.X, tool.Y, tool.Z, CupLengthM, CupRadiusM, true, CupColour);
        if (held >= 0)
            Draw(frame, bodies[held].X, bodies[held].Y, bodies[held].Z, bodies[held].HeightM, bodies[held].HalfSizeM, bodies[held].IsDisc, bodies[held].Colour);
    }

    private void Draw(CameraFrame frame, double x, double y, double z, double height, double half, bool isDisc, int colour)
    {
        var slices = (int)Math.Ceiling(height / SliceM);
        for (var slice = 0; slice <= slices; slice++)
        {
            var level = z + (height * slice / slices);
            var (u, v, scale) = _model.Project(x, y, level);
            var reach = (int)Math.Ceiling(half * scale * (isDisc ? 1 : 1.42));
            var shade = slice == slices ? 1.0 : 0.65;
            for (var row = Math.Max(0, (int)v - reach); row <= Math.Min(frame.HeightPx - 1, (int)v + reach); row++)
            {
                for (var column = Math.Max(0, (int)u - reach); column <= Math.Min(frame.WidthPx - 1, (int)u + reach); column++)
                {
                    if (!_model.TryUnproject(column + 0.5, row + 0.5, level, out var px, out var py))
                        continue;
                    double dx = px - x, dy = py - y;
                    if (isDisc ? (dx * dx) + (dy * dy) <= half * half : Math.Max(Math.Abs(dx), Math.Abs(dy)) <= half)
                        Set(frame.Bgr, ((row * frame.WidthPx) + column) * 3, colour, shade);
                }
            }
        }
    }

    private static void Set(byte[] pixels, int at, int colour, double shade)
    {
        pixels[at] = (byte)((colour & 0xFF) * shade);
        pixels[at + 1] = (byte)(((colour >> 8) & 0xFF) * shade);
        pixels[at + 2] = (byte)(((colour >> 16) & 0xFF) * shade);
    }
}
