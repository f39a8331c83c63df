import importlib

import pulumi

importlib.import_module(pulumi.Config().require("variant"))
